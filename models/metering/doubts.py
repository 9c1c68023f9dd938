"""Which registers count in another unit than is thought, or more than their meter can count.

A figure that rests on a meter in doubt is shown, and proves nothing. Other doubts are told where
they are found: registers that stand still in :mod:`models.registers.standstill`, second
calculations in :mod:`models.heat.handover`, balances in :mod:`models.balance.site_balances`.
"""

from collections.abc import Iterable
from functools import cache
from itertools import product

import numpy as np

from models.kpi.result import Doubt, DoubtReason
from models.metering.tree import Meter
from models.quantities import Quantity
from models.readings import FloatArray
from models.registers.continuity import RATE_SLACK, US_PER_HOUR
from models.registers.gauges import GaugesByKey, GaugeTotals
from models.registers.register import Register
from models.registers.samples import NO_SAMPLES, Samples, SamplesByKey
from models.units import affine_to_canonical, known_units

# A register and its own power gauge differ by polling, not by class: far less than two units do,
# of which the nearest are 3.6 apart.
_FIT_RATIO = 0.1
# A median of slopes withstands resets and glitches in fewer than half of the parts.
_PARTS, _LEAST_PARTS = 24, 3
# Fewer steps of a register in a part tell its rate to no better than the fit asks.
_LEAST_STEPS = 10
_LEAST_KNOWN = 0.9


def doubts_of(
    meters: Iterable[Meter], samples: SamplesByKey, gauges: GaugesByKey
) -> tuple[Doubt, ...]:
    """The meters whose register counts in another unit, or faster than it can, over one window.

    Parameters
    ----------
    meters : iterable of Meter
        The meters.
    samples : mapping of point key to Samples
        Readings of their registers, not their traces: a register whose every step is too fast has
        no count.
    gauges : mapping of point key to GaugeTotals
        Their powers over consecutive steps. [kW]

    Returns
    -------
    tuple of Doubt
        At most one for each meter, in their order.

    Notes
    -----
    The rate of a register is the median of its slopes over up to 24 parts of the window. ``UNIT``:
    it is a ratio of two units of energy times the meter's own power gauge, or beyond what the
    meter can count where no gauge tells. ``RATE``: beyond that, and no ratio of units.

    Examples
    --------
    A register of watt-hours read as kilowatt-hours, beside a gauge of 50 kW:

    >>> from models.metering.tree import Role
    >>> from models.metering.uncertainty import ElectricityAccuracy
    >>> from models.registers.gauges import gauge_totals
    >>> from models.registers.periods import Periods
    >>> hours = np.arange(25) * US_PER_HOUR
    >>> pdu = Meter(
    ...     id="pdu", role=Role.PDU, point="pdu.energy", power_point="pdu.power",
    ...     accuracy=ElectricityAccuracy(mpe_ratio=0.01), max_rate_per_h=80.0,
    ... )
    >>> shown = {"pdu.energy": Samples(ts_us=hours, value=50e3 * np.arange(25.0))}
    >>> power = gauge_totals(
    ...     Samples(ts_us=hours, value=np.full(25, 50.0)), Periods.between(hours),
    ...     hold_us=US_PER_HOUR,
    ... )
    >>> found = doubts_of([pdu], shown, {"pdu.power": power})
    >>> [(one.meter, one.reason.value) for one in found]
    [('pdu', 'unit')]
    """
    found = {
        meter.id: _of_rate(meter, samples.get(meter.point, NO_SAMPLES), gauges) for meter in meters
    }
    return tuple(Doubt(meter, reason) for meter, reason in found.items() if reason is not None)


@cache
def unit_ratios() -> tuple[float, ...]:
    """What a register of energy may be wrong by when its unit is taken for another, but 1.

    Examples
    --------
    Gigajoules read as megawatt-hours, and the other way round:

    >>> [round(one, 4) for one in unit_ratios() if 0.1 < one < 10.0]
    [0.2778, 3.6]
    """
    factors = {
        affine_to_canonical(unit, Quantity.ACTIVE_ENERGY)[0]
        for unit in known_units()
        if _is_energy(unit)
    }
    ratios = {float(f"{a / b:.9g}") for a, b in product(factors, repeat=2)}
    return tuple(sorted(ratios - {1.0}))


def _is_energy(unit: str) -> bool:
    try:
        affine_to_canonical(unit, Quantity.ACTIVE_ENERGY)
    except ValueError:
        return False
    return True


def _is_unit_ratio(ratio: float) -> bool:
    return any(abs(ratio / one - 1.0) <= _FIT_RATIO for one in unit_ratios())


def _of_rate(meter: Meter, samples: Samples, gauges: GaugesByKey) -> DoubtReason | None:
    gauge = gauges.get(meter.power_point or "")
    if gauge is None and _is_clearly_slow_enough(meter, samples):
        return None
    parts = _Parts.of(meter.register, samples)
    if parts is None:
        return None
    ratio = np.nan if gauge is None else parts.ratio_to(gauge, meter.register)
    if _is_unit_ratio(ratio):
        return DoubtReason.UNIT
    limit = meter.max_rate_per_h
    if limit is None or float(np.median(np.abs(parts.rate_per_h))) <= RATE_SLACK * limit:
        return None
    return DoubtReason.UNIT if np.isnan(ratio) else DoubtReason.RATE


def _is_clearly_slow_enough(meter: Meter, samples: Samples) -> bool:
    """Whether few readings show that the median of the slopes is far below what can be counted.

    Half of the parts are at least as steep as their median, so that their mean is half of it or
    more; another half leaves room for parts of unequal length.
    """
    limit, last = meter.max_rate_per_h, len(samples) - 1
    if limit is None or last < _PARTS:
        return limit is None
    at = np.arange(_PARTS + 1) * last // _PARTS
    shown = samples.value[at]
    moved = float(np.abs(shown[1:] - shown[:-1]).sum())
    span_h = float(samples.ts_us[last] - samples.ts_us[0]) / US_PER_HOUR
    # False where a reading is not a number.
    return moved < RATE_SLACK * limit * span_h / 4.0


class _Parts:
    """Slopes of a register's readings over parts of the window, whatever was made of them."""

    def __init__(self, edge_us: FloatArray, rate_per_h: FloatArray, steps: FloatArray) -> None:
        self._edge_us, self.rate_per_h, self._steps = edge_us, rate_per_h, steps

    @classmethod
    def of(cls, register: Register, samples: Samples) -> "_Parts | None":
        """None where there are too few readings to tell a rate."""
        known = np.flatnonzero(np.isfinite(samples.value))
        if len(known) <= _LEAST_PARTS:
            return None
        whole = abs(float(samples.value[known[-1]] - samples.value[known[0]]))
        step = float(register.step_at(samples.value[known[-1:]])[0])
        steps = whole / step if step > 0.0 else np.inf
        # Twice as many steps in a part as are asked for: not all parts count alike.
        count = int(min(_PARTS, len(known) - 1, max(steps // (2 * _LEAST_STEPS), _LEAST_PARTS)))
        at = known[np.linspace(0, len(known) - 1, count + 1).astype(np.int64)]
        edge_us, value = samples.ts_us[at].astype(np.float64), samples.value[at]
        gain = np.diff(value)
        each = np.maximum(register.step_at(value[1:]), 1e-12)
        return cls(edge_us, gain / (np.diff(edge_us) / US_PER_HOUR), np.abs(gain) / each)

    def ratio_to(self, gauge: GaugeTotals, register: Register) -> float:
        """Median of rate over power; NaN without enough parts in which both are known."""
        if not len(gauge):
            return float("nan")
        edges_us = np.append(gauge.periods.start_us, gauge.periods.end_us[-1:]).astype(np.float64)

        def between(column: FloatArray) -> FloatArray:
            running = np.concatenate([[0.0], np.cumsum(column)])
            return np.diff(np.interp(self._edge_us, edges_us, running))

        known_s, energy_kws = between(gauge.known_s), between(gauge.integral)
        span_s = np.diff(self._edge_us) / 1e6
        power_kw = energy_kws / np.maximum(known_s, 1e-9)
        told = (known_s >= _LEAST_KNOWN * span_s) & (self._steps >= _LEAST_STEPS)
        told &= np.abs(power_kw) > register.starting_rate_per_h
        if told.sum() < _LEAST_PARTS:
            return float("nan")
        return float(np.median(self.rate_per_h[told] / power_kw[told]))
