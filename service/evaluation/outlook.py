"""The year's end of the ratio KPIs, and lasting shifts, from the daily sums of the site."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from charter_rules.findings import Finding, Verdict
from models.forecast.anomaly import watch_efficiency
from models.forecast.crossing import crossing, still_needed
from models.forecast.year_end import DailyHistory, NoForecast, year_end, year_paths
from models.kpi.result import KpiResult
from models.legal_time.days import day_edges_us, days_from, legal_day
from models.metering.tree import SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, IntArray
from models.registers.gauges import GaugesByKey
from models.site.devices import point_key
from models.site.site import Site
from service.evaluation.gauges import daily_means, increments
from service.evaluation.recipes import KpiMeters
from service.evaluation.samples import SamplesByKey, grid_levels, registers_of
from service.live.outlook import ForecastView, ShiftView

# The same data give the same forecast: a reload of the page does not shake it.
_SEED = 20260101
_HISTORY = timedelta(days=395)
_AT_LEAST = "at_least"
_LIMITS = frozenset({"at_most", _AT_LEAST})
# What is normal is learned from all but the newest part of the history.
_WATCHED_DAYS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ratio:
    kpi: str
    unit: str
    top: SignedMeters
    bottom: SignedMeters
    scale: float = 1.0


class Outlook:
    """The ratios of a site that are forecast; fixed."""

    def __init__(self, site: Site, sums: KpiMeters) -> None:
        self._outdoor = point_key(site.outdoor_device or "", "outdoor_temp_degc")
        self._has_weather = self._outdoor in site.points
        self._sums = sums
        ratios = [
            _Ratio(kpi="erf", unit="ratio", top=sums.reused, bottom=sums.facility),
            _Ratio(kpi="pue", unit="ratio", top=sums.facility, bottom=sums.it_sum),
            _Ratio(kpi="wue", unit="L/kWh", top=sums.water, bottom=sums.it_sum, scale=1000.0),
        ]
        self._ratios = [ratio for ratio in ratios if ratio.top.plus and ratio.bottom.plus]

    def forecasts(
        self,
        samples: SamplesByKey,
        gauges: GaugesByKey,
        now: datetime,
        annual: Sequence[KpiResult],
        findings: Sequence[Finding],
    ) -> tuple[ForecastView, ...]:
        """Every ratio at the end of the calendar year."""
        if not self._has_weather:
            return ()
        days, edges = _days(now)
        temp = daily_means(gauges.get(self._outdoor), days)
        return tuple(
            self._forecast(
                ratio,
                days,
                self._history(ratio, samples, edges, days, temp),
                _meter_u_ratio(annual, ratio.kpi),
                _strictest(findings, ratio.kpi),
            )
            for ratio in self._ratios
        )

    def shifts(
        self, samples: SamplesByKey, gauges: GaugesByKey, now: datetime
    ) -> tuple[ShiftView, ...]:
        """Lasting changes of the overhead energy that weather and load do not explain."""
        if not self._has_weather or not self._sums.it_sum.plus:
            return ()
        days, edges = _days(now)
        temp = daily_means(gauges.get(self._outdoor), days)
        facility, it = (
            self._daily(each, samples, edges) for each in (self._sums.facility, self._sums.it_sum)
        )
        pumps = self._daily(self._sums.heat_pumps, samples, edges)
        # Heat pumps follow the district's demand, not the halls: they are judged by their COP.
        overhead = facility - it - pumps
        reference = len(days) - _WATCHED_DAYS
        watch = watch_efficiency(overhead, it, temp, reference) if reference > 0 else None
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

    def _daily(self, sums: SignedMeters, samples: SamplesByKey, edges: IntArray) -> FloatArray:
        """Sum of some meters by legal day; NaN on days when one of them is not known."""
        if not sums.plus:
            return np.zeros(len(edges) - 1)
        meters = self._sums.meters(sums)
        counted = increments(grid_levels(registers_of(meters), samples, edges))[: len(meters)]
        return np.asarray(sums.weights([meter.id for meter in meters]) @ counted)

    def _history(
        self,
        ratio: _Ratio,
        samples: SamplesByKey,
        edges: IntArray,
        days: Sequence[date],
        temp: FloatArray,
    ) -> DailyHistory:
        return DailyHistory(
            day=np.array([day.toordinal() for day in days], dtype=np.int64),
            numerator=self._daily(ratio.top, samples, edges),
            denominator=self._daily(ratio.bottom, samples, edges),
            outdoor_degc=temp,
            scale=ratio.scale,
        )

    def _forecast(
        self,
        ratio: _Ratio,
        days: Sequence[date],
        history: DailyHistory,
        meter_u_ratio: float,
        law: Finding | None,
    ) -> ForecastView:
        number = (days[-1] + timedelta(days=1)).year
        year = (date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal())
        found = year_end(history, year, _SEED, meter_u_ratio=meter_u_ratio)
        if isinstance(found, NoForecast):
            return _no_forecast(ratio, number, days, found)
        view = ForecastView(
            kpi=ratio.kpi,
            year=number,
            unit=ratio.unit,
            value=found.value,
            lower=found.lower,
            upper=found.upper,
            so_far=found.so_far,
            days_known=found.days_known,
            days_left=found.days_left,
        )
        return view if law is None else _against(view, history, year, found.values, law)


def _days(now: datetime) -> tuple[list[date], IntArray]:
    """Whole legal days of the history, and their edges. [µs]"""
    today = legal_day(now)
    first = today - _HISTORY
    return days_from(first, today), day_edges_us(first, today)


def _meter_u_ratio(annual: Sequence[KpiResult], kpi: str) -> float:
    for result in annual:
        if result.kpi == kpi and result.value and result.expanded_uncertainty is not None:
            return result.expanded_uncertainty / COVERAGE_FACTOR / result.value
    return 0.0


def _strictest(findings: Sequence[Finding], kpi: str) -> Finding | None:
    """The hardest limit in force for a KPI of twelve months."""
    limits = [
        finding
        for finding in findings
        if finding.threshold is not None
        and finding.kpi is not None
        and finding.kpi.kpi == kpi
        and finding.kpi.window.name == "12months"
        and finding.margin is not None
        and finding.comparison in _LIMITS
    ]
    return min(limits, key=lambda finding: finding.margin or 0.0, default=None)


def _no_forecast(ratio: _Ratio, year: int, days: Sequence[date], why: NoForecast) -> ForecastView:
    return ForecastView(
        kpi=ratio.kpi,
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
    law: Finding,
) -> ForecastView:
    """The forecast held against a limit of the charter."""
    drawn = year_paths(history, year, _SEED)
    assert law.kpi is not None
    assert law.kpi.value is not None
    assert law.margin is not None
    at_least = law.comparison == _AT_LEAST
    # The margin is in the unit of the KPI, whatever the unit of the text.
    exact = law.kpi.value - law.margin if at_least else law.kpi.value + law.margin
    limit = float(f"{exact:.12g}")
    breach = values < limit if at_least else values > limit
    if isinstance(drawn, NoForecast):
        return view
    passed = crossing(drawn, limit, at_least=at_least)
    need = still_needed(drawn, limit) if view.kpi == "erf" else None
    return replace(
        view,
        rule=law.rule_id,
        verdict=_expected(view, limit, at_least=at_least),
        limit=limit,
        at_least=at_least,
        probability_of_breach=float(np.mean(breach)),
        crossed_on=_date(passed.day),
        crossed_earliest=_date(passed.earliest),
        crossed_latest=_date(passed.latest),
        still_to_deliver_kwh=None if need is None else max(need.amount, 0.0),
        still_to_deliver_kw=None
        if need is None or need.per_day is None
        else max(need.per_day, 0.0) / 24.0,
    )


def _expected(view: ForecastView, limit: float, *, at_least: bool) -> Verdict | None:
    """What the charter is likely to say at the year's end: as sure as the interval is."""
    if view.value is None or view.lower is None or view.upper is None:
        return None
    sign = 1.0 if at_least else -1.0
    worst, best = sorted(sign * (end - limit) for end in (view.lower, view.upper))
    if worst >= 0.0:
        return Verdict.COMPLIANT
    if best < 0.0:
        return Verdict.BREACH
    kept = sign * (view.value - limit) >= 0.0
    return Verdict.COMPLIANT_NOT_PROVEN if kept else Verdict.SUSPECTED


def _date(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)
