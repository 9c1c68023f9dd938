"""The monthly heat statement: what each taker got, how warm, how reliably, told by two figures."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import combinations
from math import hypot, isfinite, sqrt

import numpy as np

from models.heat.booking import HeatBooks, book_heat
from models.heat.coefficient import FlowSensorPipe
from models.heat.figures import HeatSteps, TwoFigures, two_figures
from models.legal_time.calendar_spans import Span, whole_span
from models.legal_time.days import legal_day
from models.metering.uncertainty import COVERAGE_FACTOR, HeatAccuracy, heat_u_ratio
from models.readings import FloatArray, Window

_HOUR = timedelta(hours=1)


class AvailabilityBasis(StrEnum):
    """How it was known that heat was asked for."""

    SIGNAL = "signal"
    FLOW = "flow"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerSteps:
    """What the meter of one taker said in a month, by consecutive equal steps.

    ``steps`` holds registers and temperatures; ``asked_kw`` what the taker asked for, None when it
    sends no signal; ``offered`` whether heat was offered (1) or not (0), None when nothing says so.
    ``min_supply_temp_degc`` is the contract's, in force from ``valid_from`` up to ``valid_to``
    (None: open): a new operator is another taker line with its own dates. ``first_step`` is the
    start of the first step; None when the steps begin with the month, or with the contract in it.
    """

    taker: str
    operator: str
    steps: HeatSteps
    accuracy: HeatAccuracy
    pipe: FlowSensorPipe
    step_h: float
    min_supply_temp_degc: float
    asked_kw: FloatArray | None = None
    offered: FloatArray | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    first_step: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse steps without length or of unlike number, and naive times."""
        if not self.step_h > 0.0:
            msg = f"step_h of {self.taker} must be above 0, got {self.step_h}: give its hours"
            raise ValueError(msg)
        arrays = (*_columns(self.steps), self.asked_kw, self.offered)
        counts = {len(each) for each in arrays if each is not None}
        if len(counts) > 1:
            msg = f"arrays of {self.taker} differ in length {sorted(counts)}: one value by step"
            raise ValueError(msg)
        for time in (self.valid_from, self.valid_to, self.first_step):
            if time is not None and time.tzinfo is None:
                msg = f"{time} of {self.taker} is naive: give it with its offset"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerStatement:
    """One taker's month, or the part of it in which the contract is in force.

    ``delivered_kwh`` is NaN when no step is known. ``supply_temp_degc`` is weighted by energy,
    ``return_temp_degc`` by volume; ``volume_m3`` flowed forward. ``below_dt_min_ratio`` is the
    share of the delivered heat that the meter is not approved for. ``books`` holds the reversed and
    the defrost heat, apart.

    ``availability_ratio`` is the share of the asked time in which heat was offered at or above the
    contract's temperature. Precisely, over the steps at which all of it is known: asked is a signal
    above 0; offered is the flag, or without a flag that water flowed; warm is the mean supply
    temperature of the step, taken as measured, without a guard band, and looked at only while water
    flows (the sensor of a standing pipe cools). Without a signal a step counts as asked when water
    flowed, so that an outage goes unseen: ``availability_basis`` says so. None when nothing was
    asked.
    """

    taker: str
    operator: str
    valid_from: datetime | None
    valid_to: datetime | None
    hours: float
    hours_unknown: float
    coverage_ratio: float
    delivered_kwh: float
    expanded_uncertainty_kwh: float
    books: HeatBooks
    below_dt_min_ratio: float | None
    figures: TwoFigures
    volume_m3: float
    supply_temp_degc: float | None
    return_temp_degc: float | None
    availability_ratio: float | None
    availability_basis: AvailabilityBasis
    hours_asked: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatStatement:
    """A month of all takers. ``expanded_uncertainty_kwh`` is that of the sum (k = 2).

    A total is NaN as soon as one taker's is wholly unknown. ``coverage_ratio`` is the known share
    of the takers' hours, NaN without takers.
    """

    month: Window
    hours: float
    takers: tuple[TakerStatement, ...]
    delivered_kwh: float
    expanded_uncertainty_kwh: float
    reversed_kwh: float
    defrost_kwh: float
    below_dt_min_kwh: float
    volume_m3: float
    coverage_ratio: float


def monthly_statement(
    month: Window,
    takers: Sequence[TakerSteps],
    *,
    sampling_u_ratio: float,
    least_flow_m3_per_h: float = 0.05,
) -> HeatStatement:
    """The statement of a legal month, or of a part of it.

    Parameters
    ----------
    month : Window
        From the first to the first (:func:`models.legal_time.calendar_spans.legal_month`): a month
        of a clock change has an hour more or less. A part of one month is accepted, for the month
        to date.
    takers : sequence of TakerSteps
        Those without a contract in the window are left out.
    sampling_u_ratio : float
        As for :func:`models.heat.figures.two_figures`. [-]
    least_flow_m3_per_h : float
        As for :func:`models.heat.booking.book_heat`. [m3/h]

    Returns
    -------
    HeatStatement
        Delivered heat is that of the registers; the second figure stands beside it.

    Raises
    ------
    ValueError
        If a taker has two contracts in force at once, if the window reaches over the end of a
        legal month, or if a taker has more steps than its time in it and no ``first_step``.

    Notes
    -----
    A step belongs to the window and contract in which it starts: statements of the parts of a month
    add up in their energies wherever it is cut, as long as each part knows a step. Only known
    steps are counted; nothing is estimated for the others, they stand in ``hours_unknown``.
    The meters of different takers are taken as independent.

    Examples
    --------
    >>> from models.legal_time.calendar_spans import legal_month
    >>> hours = np.ones(4)
    >>> steps = HeatSteps(
    ...     register_kwh=hours * 230.4, volume_m3=hours * 10.0,
    ...     supply_temp_degc=np.array([60.0, 60.0, 60.0, 58.0]),
    ...     return_temp_degc=np.array([40.0, 40.0, 40.0, 38.0]),
    ... )
    >>> loop = TakerSteps(
    ...     taker="loop", operator="CPCU", steps=steps,
    ...     accuracy=HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=15.0),
    ...     pipe=FlowSensorPipe.RETURN, step_h=1.0, min_supply_temp_degc=60.0,
    ... )
    >>> january = legal_month(2026, 1)
    >>> one = monthly_statement(january, (loop,), sampling_u_ratio=0.002).takers[0]
    >>> one.delivered_kwh, round(one.supply_temp_degc, 3), one.availability_ratio
    (921.6, 59.5, 0.75)
    >>> one.figures.disagree, one.hours_unknown
    (False, 740.0)
    """
    _check(month, takers)
    each = tuple(
        _of_taker(part, hours, sampling_u_ratio, least_flow_m3_per_h)
        for part, hours in (_in_force(month, one) for one in takers)
        if hours > 0.0
    )
    taken_h = sum(one.hours for one in each)
    known_h = sum(one.hours - one.hours_unknown for one in each)
    return HeatStatement(
        month=month,
        hours=month.duration / _HOUR,
        takers=each,
        delivered_kwh=sum((one.delivered_kwh for one in each), 0.0),
        expanded_uncertainty_kwh=hypot(*(one.expanded_uncertainty_kwh for one in each)),
        reversed_kwh=sum((one.books.reversed_kwh for one in each), 0.0),
        defrost_kwh=sum((one.books.defrost_kwh for one in each), 0.0),
        below_dt_min_kwh=sum((one.books.below_dt_min_kwh for one in each), 0.0),
        volume_m3=sum((one.volume_m3 for one in each), 0.0),
        coverage_ratio=known_h / taken_h if taken_h > 0.0 else float("nan"),
    )


def statement_record(statement: HeatStatement) -> dict[str, object]:
    """The statement as plain objects for JSON: NaN as null, times as ISO 8601 UTC.

    Examples
    --------
    >>> from models.legal_time.calendar_spans import legal_month
    >>> record = statement_record(
    ...     monthly_statement(legal_month(2027, 1), (), sampling_u_ratio=0.002)
    ... )
    >>> record["coverage_ratio"] is None, record["month"]["start"]
    (True, '2026-12-31T23:00:00+00:00')
    """
    return {field.name: _plain(getattr(statement, field.name)) for field in fields(statement)}


def _plain(value: object) -> object:
    match value:
        case float():
            return float(value) if isfinite(value) else None
        case datetime():
            return value.astimezone(UTC).isoformat()
        case StrEnum():
            return value.value
        case tuple():
            return [_plain(each) for each in value]
    if is_dataclass(value):
        record = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, TwoFigures):
            record["disagree"] = value.disagree
        return record
    return value


def _columns(steps: HeatSteps) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    return steps.register_kwh, steps.volume_m3, steps.supply_temp_degc, steps.return_temp_degc


def _check(month: Window, takers: Sequence[TakerSteps]) -> None:
    if month.end > whole_span(Span.MONTH, legal_day(month.start)).end:
        msg = f"{month.name} reaches over the end of a month in Paris: use legal_month()"
        raise ValueError(msg)
    for one, other in combinations(takers, 2):
        start = max(each.valid_from or month.start for each in (one, other))
        end = min(each.valid_to or month.end for each in (one, other))
        # Its heat would count twice.
        if one.taker == other.taker and max(start, month.start) < min(end, month.end):
            msg = f"taker {one.taker} is listed twice from {start} to {end}: end one contract"
            raise ValueError(msg)


def _in_force(month: Window, taker: TakerSteps) -> tuple[TakerSteps, float]:
    """The steps that start while window and contract last, and the hours of that time."""
    start = max(month.start, taker.valid_from or month.start)
    end = min(month.end, taker.valid_to or month.end)
    hours = max((end - start) / _HOUR, 0.0)
    count = len(taker.steps.register_kwh)
    if hours > 0.0 and taker.first_step is None and (count - 1) * taker.step_h >= hours:
        msg = f"{taker.taker} has {count} steps for {hours} h of {month.name}: give first_step"
        raise ValueError(msg)
    # Whole microseconds: a sum of floats may put a step on the wrong side of midnight.
    offset_us = np.rint(np.arange(count) * taker.step_h * 3.6e9).astype(np.int64)
    first_us = ((taker.first_step or start) - start) // timedelta(microseconds=1)
    inside = (first_us + offset_us >= 0) & (first_us + offset_us < hours * 3.6e9)
    register, volume, supply, back = (column[inside] for column in _columns(taker.steps))
    part = TakerSteps(
        taker=taker.taker,
        operator=taker.operator,
        steps=HeatSteps(
            register_kwh=register,
            volume_m3=volume,
            supply_temp_degc=supply,
            return_temp_degc=back,
            resolution_kwh=taker.steps.resolution_kwh,
            resolution_m3=taker.steps.resolution_m3,
        ),
        accuracy=taker.accuracy,
        pipe=taker.pipe,
        step_h=taker.step_h,
        min_supply_temp_degc=taker.min_supply_temp_degc,
        asked_kw=None if taker.asked_kw is None else taker.asked_kw[inside],
        offered=None if taker.offered is None else taker.offered[inside],
        valid_from=taker.valid_from,
        valid_to=taker.valid_to,
    )
    return part, hours


def _of_taker(
    taker: TakerSteps, hours: float, sampling_u_ratio: float, least_flow_m3_per_h: float
) -> TakerStatement:
    steps = taker.steps
    flow = steps.volume_m3 / taker.step_h
    drop_k = steps.supply_temp_degc - steps.return_temp_degc
    books = book_heat(
        steps.register_kwh,
        flow,
        drop_k,
        dt_min_k=taker.accuracy.dt_min_k,
        least_flow_m3_per_h=least_flow_m3_per_h,
    )
    known = np.isfinite(steps.register_kwh) & np.isfinite(flow)
    known_h = min(float(known.sum()) * taker.step_h, hours)
    delivered_kwh = books.delivered_kwh if known.any() else float("nan")
    forward = known & (flow >= least_flow_m3_per_h)
    availability, hours_asked = _availability(taker, flow, least_flow_m3_per_h)
    return TakerStatement(
        taker=taker.taker,
        operator=taker.operator,
        valid_from=taker.valid_from,
        valid_to=taker.valid_to,
        hours=hours,
        hours_unknown=hours - known_h,
        coverage_ratio=known_h / hours,
        delivered_kwh=delivered_kwh,
        expanded_uncertainty_kwh=_expanded_kwh(taker, delivered_kwh, flow, drop_k),
        books=books,
        below_dt_min_ratio=books.below_dt_min_kwh / delivered_kwh if delivered_kwh > 0.0 else None,
        figures=two_figures(steps, taker.accuracy, taker.pipe, sampling_u_ratio=sampling_u_ratio),
        volume_m3=float(steps.volume_m3[forward].sum()) if known.any() else float("nan"),
        supply_temp_degc=_weighted(steps.supply_temp_degc[forward], steps.register_kwh[forward]),
        return_temp_degc=_weighted(steps.return_temp_degc[forward], steps.volume_m3[forward]),
        availability_ratio=availability,
        availability_basis=(
            AvailabilityBasis.FLOW if taker.asked_kw is None else AvailabilityBasis.SIGNAL
        ),
        hours_asked=hours_asked,
    )


def _expanded_kwh(
    taker: TakerSteps, delivered_kwh: float, flow: FloatArray, drop_k: FloatArray
) -> float:
    """From the class at the mean working point of the steps that delivered, and the resolution."""
    if not isfinite(delivered_kwh):
        return float("nan")
    # Two ends of the register, each rectangular within a step of it.
    resolution_kwh = taker.steps.resolution_kwh / sqrt(6.0)
    working = np.isfinite(flow) & np.isfinite(drop_k) & (flow > 0.0) & (drop_k > 0.0)
    if working.any():
        mean_flow = float(flow[working].mean())
        mean_drop_k = float(np.average(drop_k[working], weights=flow[working]))
    else:
        # No temperatures known: the widest error at which the meter may be used at nominal flow.
        mean_flow, mean_drop_k = taker.accuracy.qp_m3_per_h, taker.accuracy.dt_min_k
    class_kwh = heat_u_ratio(taker.accuracy, mean_drop_k, mean_flow) * delivered_kwh
    return COVERAGE_FACTOR * hypot(class_kwh, resolution_kwh)


def _weighted(value: FloatArray, weight: FloatArray) -> float | None:
    used = np.isfinite(value) & np.isfinite(weight) & (weight > 0.0)
    return float(np.average(value[used], weights=weight[used])) if used.any() else None


def _availability(
    taker: TakerSteps, flow: FloatArray, least_flow_m3_per_h: float
) -> tuple[float | None, float]:
    """Availability and the asked hours it is a share of, as :class:`TakerStatement` defines."""
    supply = taker.steps.supply_temp_degc
    flowing = flow >= least_flow_m3_per_h
    known = np.isfinite(flow) & (np.isfinite(supply) | ~flowing)
    for signal in (taker.asked_kw, taker.offered):
        if signal is not None:
            known &= np.isfinite(signal)
    asked = known & (flowing if taker.asked_kw is None else taker.asked_kw > 0.0)
    if not asked.any():
        return None, 0.0
    offered = flowing if taker.offered is None else taker.offered > 0.5
    warm = ~flowing | (supply >= taker.min_supply_temp_degc)
    given = asked & offered & warm
    return float(given.sum() / asked.sum()), float(asked.sum()) * taker.step_h
