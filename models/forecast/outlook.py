"""The year's end of the ratio KPIs of a site, and lasting shifts of its efficiency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from models.forecast.anomaly import watch_efficiency
from models.forecast.crossing import crossing, still_needed
from models.forecast.year_end import DailyHistory, NoForecast, year_end, year_paths
from models.kpi.definition import YEARLY
from models.kpi.erf import ERF
from models.kpi.gauged import daily_means
from models.kpi.limit import KpiLimit
from models.kpi.measurement import SiteReadings
from models.kpi.pue import PUE
from models.kpi.ratio import RatioKpi
from models.kpi.result import KpiResult
from models.kpi.wue import WUE
from models.legal_time.days import day_edges_us, days_from, legal_day
from models.metering.registers import SiteRegisters
from models.metering.sums import SiteSums, Sum
from models.metering.tree import SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, IntArray
from models.registers.gauges import ValueRange
from models.registers.steps import counted_by_step
from models.site.devices import point_key
from models.site.site import Site

# Thirteen months: a whole season, and what of the year before still stands in the twelve months.
HISTORY = timedelta(days=395)
FORECAST: Final[tuple[RatioKpi, ...]] = (ERF, PUE, WUE)
# The same data give the same forecast: a reload of the page does not shake it.
_SEED = 20260101
# What is normal is learned from all but the newest part of the history.
_WATCHED_DAYS = 120


class ExpectedSide(StrEnum):
    """On which side of a limit the year is likely to end.

    KEPT and BROKEN when the whole interval is on one side; else the side of the median, not sure.
    """

    KEPT = "kept"
    KEPT_NOT_SURE = "kept_not_sure"
    BROKEN_NOT_SURE = "broken_not_sure"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastView:
    """One KPI at the end of the calendar year, with a 95 % interval.

    ``so_far`` is its value of the year until now. ``limit`` is the strictest one in force at the
    year's end for this KPI, that of ``rule``; ``at_least`` whether it is a minimum. ``expected``
    is the side of it on which to expect the year, ``probability_of_breach`` that the year ends on
    the wrong one. ``still_to_deliver_kwh`` is the heat that keeps a minimum.
    """

    kpi: str
    year: int
    unit: str
    value: float | None
    lower: float | None
    upper: float | None
    so_far: float | None
    days_known: int
    days_left: int
    withheld: str | None = None
    rule: str | None = None
    expected: ExpectedSide | None = None
    limit: float | None = None
    at_least: bool = False
    probability_of_breach: float | None = None
    crossed_on: date | None = None
    crossed_earliest: date | None = None
    crossed_latest: date | None = None
    still_to_deliver_kwh: float | None = None
    still_to_deliver_kw: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftView:
    """A lasting change of efficiency that weather and load do not explain."""

    quantity: str
    unit: str
    began: date
    detected: date
    size_per_day: float
    expanded_uncertainty: float | None


class Outlook:
    """The ratios of a site that are forecast; fixed.

    Readings are wanted over :data:`HISTORY`: registers at the ends of days or more often, the
    outdoor temperature by the hour.

    Parameters
    ----------
    site : Site
        Its outdoor thermometer: without one there is no outlook.
    sums : SiteSums
        The sums behind the ratios.
    """

    def __init__(self, site: Site, sums: SiteSums) -> None:
        """Choose the ratios of which both sums are metered."""
        self._sums = sums
        self._outdoor = point_key(site.outdoor_device or "", "outdoor_temp_degc")
        self._has_weather = self._outdoor in site.points
        self._ratios = tuple(one for one in FORECAST if sums.has(*one.sums))

    def registers(self) -> tuple[str, ...]:
        """Registers behind the ratios and the overhead."""
        names = {name for one in self._ratios for name in one.sums} | {Sum.HEAT_PUMPS}
        return tuple(meter.point for meter in self._sums.meters(*sorted(names)))

    def gauges(self) -> Mapping[str, tuple[ValueRange, ...]]:
        """The outdoor temperature."""
        return {self._outdoor: ()} if self._has_weather else {}

    def forecasts(
        self,
        readings: SiteReadings,
        registers: SiteRegisters,
        now: datetime,
        annual: Sequence[KpiResult],
        limits: Sequence[KpiLimit],
    ) -> tuple[ForecastView, ...]:
        """Every ratio at the end of the calendar year.

        Parameters
        ----------
        readings : SiteReadings
            The weather.
        registers : SiteRegisters
            The registers, traced.
        now : datetime
            The legal days before it are the history.
        annual : sequence of KpiResult
            The KPIs of the twelve months: how far the meters may be wrong.
        limits : sequence of KpiLimit
            Those in force when the year ends.

        Returns
        -------
        tuple of ForecastView
            Nothing without an outdoor temperature. A ratio that cannot be forecast says why.
        """
        if not self._has_weather:
            return ()
        days, edges = _days(now)
        temp = self._weather(readings, days)
        views = []
        for ratio in self._ratios:
            of_kpi = [one for one in limits if one.kpi == ratio.id and one.window in YEARLY]
            history = self._history(ratio, registers, edges, days, temp)
            views.append(_forecast(ratio, days, history, _meter_u_ratio(annual, ratio.id), of_kpi))
        return tuple(views)

    def shifts(
        self, readings: SiteReadings, registers: SiteRegisters, now: datetime
    ) -> tuple[ShiftView, ...]:
        """Lasting changes of the overhead energy that weather and load do not explain.

        Parameters
        ----------
        readings : SiteReadings
            The weather.
        registers : SiteRegisters
            The registers, traced.
        now : datetime
            The legal days before it are watched.

        Returns
        -------
        tuple of ShiftView
            In order of time; nothing without weather, IT meters or a history to learn from.
        """
        if not self._has_weather or not self._sums.has(Sum.IT):
            return ()
        days, edges = _days(now)
        temp = self._weather(readings, days)
        facility, it, pumps = (
            self._daily(self._sums[name], registers, edges)
            for name in (Sum.FACILITY, Sum.IT, Sum.HEAT_PUMPS)
        )
        # Heat pumps follow the district's demand, not the halls: they are judged by their COP.
        overhead = facility - it - pumps
        watch = watch_efficiency(overhead, it, temp, len(days) - _WATCHED_DAYS)
        if watch is None:
            return ()
        return tuple(
            ShiftView(
                quantity="overhead_energy",
                unit="kWh",
                began=days[shift.began],
                detected=days[shift.detected],
                size_per_day=shift.size,
                expanded_uncertainty=COVERAGE_FACTOR * shift.u,
            )
            for shift in watch.shifts
        )

    def _weather(self, readings: SiteReadings, days: Sequence[date]) -> FloatArray:
        totals = readings.gauges.get(self._outdoor)
        return np.full(len(days), np.nan) if totals is None else daily_means(totals, days)

    def _daily(self, of: SignedMeters, registers: SiteRegisters, edges_us: IntArray) -> FloatArray:
        """Sum of some meters by legal day; NaN on days when one of them is not known."""
        ids = tuple(dict.fromkeys(of.ids))
        if not ids:
            return np.zeros(len(edges_us) - 1)
        points = [self._sums.tree.meters[one].point for one in ids]
        return np.asarray(of.weights(ids) @ counted_by_step(registers.traces, points, edges_us))

    def _history(
        self,
        ratio: RatioKpi,
        registers: SiteRegisters,
        edges_us: IntArray,
        days: Sequence[date],
        temp: FloatArray,
    ) -> DailyHistory:
        return DailyHistory(
            day=np.array([day.toordinal() for day in days], dtype=np.int64),
            numerator=self._daily(self._sums[ratio.numerator], registers, edges_us),
            denominator=self._daily(self._sums[ratio.denominator], registers, edges_us),
            outdoor_degc=temp,
            scale=ratio.scale,
        )


def _days(now: datetime) -> tuple[list[date], IntArray]:
    """Whole legal days of the history, and their edges. [us]"""
    today = legal_day(now)
    first = today - HISTORY
    return days_from(first, today), day_edges_us(first, today)


def _meter_u_ratio(annual: Sequence[KpiResult], kpi: str) -> float:
    for result in annual:
        if result.kpi == kpi and result.value and result.expanded_uncertainty is not None:
            return result.expanded_uncertainty / COVERAGE_FACTOR / result.value
    return 0.0


def _forecast(
    ratio: RatioKpi,
    days: Sequence[date],
    history: DailyHistory,
    meter_u_ratio: float,
    limits: Sequence[KpiLimit],
) -> ForecastView:
    number = (days[-1] + timedelta(days=1)).year
    year = (date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal())
    found = year_end(history, year, _SEED, meter_u_ratio=meter_u_ratio)
    if isinstance(found, NoForecast):
        return _no_forecast(ratio, number, days, found)
    view = ForecastView(
        kpi=ratio.id,
        year=number,
        unit=ratio.unit,
        value=found.value,
        lower=found.lower,
        upper=found.upper,
        so_far=found.so_far,
        days_known=found.days_known,
        days_left=found.days_left,
    )
    if not limits:
        return view
    strictest = min(limits, key=lambda one: one.margin(found.value))
    return _against(view, history, year, found.values, strictest)


def _no_forecast(ratio: RatioKpi, year: int, days: Sequence[date], why: NoForecast) -> ForecastView:
    return ForecastView(
        kpi=ratio.id,
        year=year,
        unit=ratio.unit,
        value=None,
        lower=None,
        upper=None,
        so_far=None,
        days_known=sum(day.year == year for day in days),
        days_left=(date(year + 1, 1, 1) - days[-1]).days - 1,
        withheld=why.value,
    )


def _against(
    view: ForecastView,
    history: DailyHistory,
    year: tuple[int, int],
    values: FloatArray,
    limit: KpiLimit,
) -> ForecastView:
    """The forecast held against a limit."""
    drawn = year_paths(history, year, _SEED)
    if isinstance(drawn, NoForecast):
        return view
    at_least = limit.at_least
    broken = values < limit.value if at_least else values > limit.value
    passed = crossing(drawn, limit.value, at_least=at_least)
    need = still_needed(drawn, limit.value) if view.kpi == ERF.id else None
    return replace(
        view,
        rule=limit.rule,
        expected=_expected(view, limit),
        limit=limit.value,
        at_least=at_least,
        probability_of_breach=float(np.mean(broken)),
        crossed_on=_date(passed.day),
        crossed_earliest=_date(passed.earliest),
        crossed_latest=_date(passed.latest),
        still_to_deliver_kwh=None if need is None else max(need.amount, 0.0),
        still_to_deliver_kw=None
        if need is None or need.per_day is None
        else max(need.per_day, 0.0) / 24.0,
    )


def _expected(view: ForecastView, limit: KpiLimit) -> ExpectedSide | None:
    """As sure as the interval is."""
    if view.value is None or view.lower is None or view.upper is None:
        return None
    worst, best = sorted(limit.margin(end) for end in (view.lower, view.upper))
    if worst >= 0.0:
        return ExpectedSide.KEPT
    if best < 0.0:
        return ExpectedSide.BROKEN
    kept = limit.margin(view.value) >= 0.0
    return ExpectedSide.KEPT_NOT_SURE if kept else ExpectedSide.BROKEN_NOT_SURE


def _date(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)
