"""What a pack was computed from: samples of registers and totals of gauges, in compact form."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import inf, isfinite

import numpy as np

from models.kpi.measurement import SiteReadings
from models.readings import FloatArray, IntArray
from models.registers.gauges import GaugeTotals, ValueRange
from models.registers.periods import Periods
from models.registers.samples import NO_SAMPLES, Samples
from service.evaluation.periods import Grain
from service.evidence.canonical import SAFE_INTEGER, Json

_US = timedelta(microseconds=1)
# A mean of sums may pass the extremes by their rounding.
_ROUNDING = 1e-9


def packed_readings(by_grain: Mapping[Grain, SiteReadings]) -> dict[str, Json]:
    """Readings by grain as plain data: registers with powers, gauges, and levels of sound."""
    return {
        grain.value: {
            "registers": {key: packed_samples(one) for key, one in each.registers.items()},
            "gauges": {key: packed_gauge(one) for key, one in each.gauges.items()},
            "levels": {key: packed_samples(one) for key, one in each.levels.items()},
        }
        for grain, each in by_grain.items()
    }


def unpacked_readings(data: Json) -> dict[Grain, SiteReadings]:
    """The inverse of :func:`packed_readings`; LookupError, ValueError or TypeError otherwise."""
    if not isinstance(data, dict):
        msg = "the readings of a pack are named by their grain"
        raise TypeError(msg)
    return {
        Grain(name): SiteReadings(
            registers={key: unpacked_samples(one) for key, one in each["registers"].items()},
            gauges={key: unpacked_gauge(one) for key, one in each["gauges"].items()},
            levels={key: unpacked_samples(one) for key, one in each["levels"].items()},
        )
        for name, each in data.items()
    }


def packed_samples(samples: Samples) -> dict[str, Json]:
    """Samples as whole microseconds from one to the next, and their values."""
    ts = samples.ts_us
    return {
        "start_us": int(ts[0]) if len(ts) else 0,
        "step_us": np.diff(ts).tolist(),
        "value": [float(v) if np.isfinite(v) else None for v in samples.value],
    }


def unpacked_samples(data: Json) -> Samples:
    """The inverse of :func:`packed_samples`; raises when the data are no samples."""
    start, steps, value = (data[name] for name in ("start_us", "step_us", "value"))
    if not isinstance(steps, list) or not isinstance(value, list):
        msg = "the steps and values of samples are lists"
        raise TypeError(msg)
    if not value and not steps:
        return NO_SAMPLES
    if len(steps) != len(value) - 1 or not all(map(_is_step, [start, *steps])):
        msg = "samples need one step of at least 1 µs between each two values"
        raise ValueError(msg)
    if not all(v is None or (isinstance(v, int | float) and v is not True) for v in value):
        msg = "the values of samples are numbers or null"
        raise ValueError(msg)
    return Samples(
        ts_us=_times(start, steps),
        value=np.array([np.nan if v is None else float(v) for v in value], np.float64),
    )


def _is_step(one: Json) -> bool:
    return isinstance(one, int) and not isinstance(one, bool) and 0 < one <= SAFE_INTEGER


def _times(start: int, steps: Sequence[int]) -> IntArray:
    if start + sum(steps) > SAFE_INTEGER:
        msg = "inputs end after the end of time"
        raise ValueError(msg)
    return np.cumsum(np.array([start, *steps], np.int64))


def packed_gauge(totals: GaugeTotals) -> dict[str, Json]:
    """Totals of a gauge by their columns; an open end of a range is null."""
    periods = totals.periods
    return {
        "start_us": int(periods.start_us[0]) if len(periods) else 0,
        "length_us": (periods.end_us - periods.start_us).tolist(),
        "ranges": [[_finite(one) for one in each] for each in totals.ranges],
        "known_us": totals.known_us.tolist(),
        "integral": totals.integral.tolist(),
        "minimum": [_finite(one) for one in totals.minimum.tolist()],
        "maximum": [_finite(one) for one in totals.maximum.tolist()],
        "in_range_us": totals.in_range_us.tolist(),
        "loose_us": totals.loose_us.tolist(),
        "loose_step": totals.loose_step.tolist(),
    }


def unpacked_gauge(data: Json) -> GaugeTotals:
    """The inverse of :func:`packed_gauge`; raises when no readings give such totals."""
    lengths = _column(data["length_us"], int)
    (start,) = _column([data["start_us"]], int)
    in_range = [_column(each, int) for each in data["in_range_us"]]
    totals = GaugeTotals(
        periods=Periods.between(_times(start, lengths)),
        ranges=tuple(_range(each) for each in data["ranges"]),
        known_us=np.array(_column(data["known_us"], int), np.int64),
        integral=np.array(_column(data["integral"], int, float), np.float64),
        minimum=_extremes(data["minimum"]),
        maximum=_extremes(data["maximum"]),
        in_range_us=np.array(in_range, np.int64).reshape(len(in_range), len(lengths)),
        loose_us=np.array(_column(data["loose_us"], int), np.int64),
        loose_step=np.array(_column(data["loose_step"], int, float), np.float64),
    )
    _require_possible(totals)
    return totals


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _column(values: Json, *kinds: type) -> list[Json]:
    if not isinstance(values, list) or not all(_is_number(one, kinds) for one in values):
        msg = "the columns of a gauge are lists of numbers"
        raise TypeError(msg)
    return list(values)


def _is_number(one: Json, kinds: tuple[type, ...]) -> bool:
    return type(one) in kinds and bool(abs(one) <= SAFE_INTEGER)


def _extremes(values: Json) -> FloatArray:
    numbers = _column([one for one in values if one is not None], int, float)
    found = np.full(len(values), np.nan)
    found[[one is not None for one in values]] = numbers
    return found


def _range(ends: Json) -> ValueRange:
    low, high = ends
    _column([one for one in ends if one is not None], int, float)
    return (-inf if low is None else float(low), inf if high is None else float(high))


def _require_possible(totals: GaugeTotals) -> None:
    """Refuse totals that contradict themselves."""
    span_us = totals.periods.end_us - totals.periods.start_us
    known = totals.known_us > 0
    slack = _ROUNDING * np.maximum(1.0, np.abs(totals.mean))
    within = (totals.minimum - slack <= totals.mean) & (totals.mean <= totals.maximum + slack)
    good = (totals.known_us >= 0) & (totals.known_us <= span_us) & (span_us > 0)
    good &= np.where(known, within, np.isnan(totals.minimum) & np.isnan(totals.maximum))
    good &= known | (totals.integral == 0.0)
    good &= ((totals.in_range_us >= 0) & (totals.in_range_us <= totals.known_us)).all(axis=0)
    good &= (totals.loose_us >= 0) & (totals.loose_us <= totals.known_us)
    good &= (totals.loose_step >= 0.0) & ((totals.loose_us > 0) | (totals.loose_step == 0.0))
    if not good.all():
        msg = f"no readings give the totals of interval {int(np.argmin(good))} of a gauge"
        raise ValueError(msg)
