"""The monthly heat statement: what each taker got, how warm, how reliably, told by two figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np

from models.heat.booking import HeatBooks, book_heat
from models.heat.coefficient import FlowSensorPipe
from models.heat.figures import HeatSteps, TwoFigures, two_figures
from models.readings import FloatArray, Window
from models.uncertainty import COVERAGE_FACTOR, HeatAccuracy, heat_u_ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerSteps:
    """What the meter of one taker said in a month, by consecutive equal steps.

    ``steps`` holds registers and temperatures; ``asked_kw`` what the taker asked for, None when it
    sends no signal. ``min_supply_temp_degc`` is the contract's.
    """

    taker: str
    operator: str
    steps: HeatSteps
    accuracy: HeatAccuracy
    pipe: FlowSensorPipe
    step_h: float
    min_supply_temp_degc: float
    asked_kw: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerStatement:
    """One taker's month.

    ``availability_ratio`` is the share of the asked time in which heat was given at or above
    the contract's temperature. Without a signal from the taker, a step counts as asked when
    water flowed. None when nothing was asked.
    """

    taker: str
    operator: str
    delivered_kwh: float
    expanded_uncertainty_kwh: float
    books: HeatBooks
    figures: TwoFigures
    volume_m3: float
    supply_temp_degc: float | None
    return_temp_degc: float | None
    availability_ratio: float | None
    coverage_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatStatement:
    """A month of all takers. ``expanded_uncertainty_kwh`` is that of the sum (k = 2)."""

    month: Window
    takers: tuple[TakerStatement, ...]
    delivered_kwh: float
    expanded_uncertainty_kwh: float


def monthly_statement(
    month: Window,
    takers: Sequence[TakerSteps],
    *,
    sampling_u_ratio: float,
    least_flow_m3_per_h: float = 0.05,
) -> HeatStatement:
    """The statement of a legal month.

    Parameters
    ----------
    month : Window
        From the first to the first, Europe/Paris: a month of a clock change has an hour more or
        less.
    takers : sequence of TakerSteps
        Each taker with a contract in the month.
    sampling_u_ratio : float
        As for :func:`models.heat.figures.two_figures`. [-]

    Returns
    -------
    HeatStatement
        Delivered heat is that of the registers; the second figure stands beside it.

    Raises
    ------
    ValueError
        If a taker is listed twice.

    Examples
    --------
    >>> from datetime import UTC, datetime
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
    >>> january = Window(
    ...     name="2026-01",
    ...     start=datetime(2025, 12, 31, 23, tzinfo=UTC),
    ...     end=datetime(2026, 1, 31, 23, tzinfo=UTC),
    ... )
    >>> one = monthly_statement(january, (loop,), sampling_u_ratio=0.002).takers[0]
    >>> one.delivered_kwh, round(one.supply_temp_degc, 3), one.availability_ratio
    (921.6, 59.5, 0.75)
    >>> one.figures.disagree
    False
    """
    names = [(one.taker, one.operator) for one in takers]
    if len(set(names)) < len(names):
        msg = f"a taker is listed twice in {month.name}: {names}"
        raise ValueError(msg)
    each = tuple(_of_taker(one, sampling_u_ratio, least_flow_m3_per_h) for one in takers)
    return HeatStatement(
        month=month,
        takers=each,
        delivered_kwh=sum(one.delivered_kwh for one in each),
        expanded_uncertainty_kwh=hypot(*(one.expanded_uncertainty_kwh for one in each)),
    )


def _of_taker(
    taker: TakerSteps, sampling_u_ratio: float, least_flow_m3_per_h: float
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
    volume_m3 = float(np.nansum(steps.volume_m3))
    return TakerStatement(
        taker=taker.taker,
        operator=taker.operator,
        delivered_kwh=books.delivered_kwh,
        expanded_uncertainty_kwh=_expanded_kwh(taker, books.delivered_kwh, flow, drop_k),
        books=books,
        figures=two_figures(steps, taker.accuracy, taker.pipe, sampling_u_ratio=sampling_u_ratio),
        volume_m3=volume_m3,
        supply_temp_degc=_weighted(steps.supply_temp_degc, steps.register_kwh),
        return_temp_degc=_weighted(steps.return_temp_degc, steps.volume_m3),
        availability_ratio=_availability(taker, flow, least_flow_m3_per_h),
        coverage_ratio=float(np.mean(np.isfinite(steps.register_kwh))),
    )


def _expanded_kwh(
    taker: TakerSteps, delivered_kwh: float, flow: FloatArray, drop_k: FloatArray
) -> float:
    """From the class at the mean working point of the steps that delivered."""
    working = np.isfinite(flow) & np.isfinite(drop_k) & (flow > 0.0) & (drop_k > 0.0)
    if delivered_kwh <= 0.0 or not working.any():
        return 0.0
    mean_flow = float(flow[working].mean())
    mean_drop_k = float(np.average(drop_k[working], weights=flow[working]))
    return COVERAGE_FACTOR * heat_u_ratio(taker.accuracy, mean_drop_k, mean_flow) * delivered_kwh


def _weighted(value: FloatArray, weight: FloatArray) -> float | None:
    used = np.isfinite(value) & np.isfinite(weight) & (weight > 0.0)
    return float(np.average(value[used], weights=weight[used])) if used.any() else None


def _availability(taker: TakerSteps, flow: FloatArray, least_flow_m3_per_h: float) -> float | None:
    flowing = flow >= least_flow_m3_per_h
    known = np.isfinite(flow) & np.isfinite(taker.steps.supply_temp_degc)
    asked = known & (flowing if taker.asked_kw is None else taker.asked_kw > 0.0)
    if not asked.any():
        return None
    warm = taker.steps.supply_temp_degc >= taker.min_supply_temp_degc
    return float((asked & flowing & warm).sum() / asked.sum())
