"""Cross-checks of a site's year: do its figures look as if somebody had a hand in them?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np

from charter_rules.findings import Finding, Verdict
from models.legal_time.days import day_edges_us, days_from, from_us, legal_day
from models.metering.tree import Meter, Role, SignedMeters
from models.plausibility.coverage import coverage_just_enough, coverage_near_limit
from models.plausibility.heat_taker import TakerMonth, heat_above_taker, heat_drifts_from_taker
from models.plausibility.it_energy import (
    BEST_UPS_EFFICIENCY,
    Feed,
    it_above_ups,
    it_follows_weather,
)
from models.plausibility.last_digits import round_figures
from models.plausibility.low_variance import too_smooth
from models.plausibility.repeated import repeated_figures
from models.plausibility.silence import silent_when_hot
from models.plausibility.suspicion import Suspicion, named
from models.readings import FloatArray, IntArray
from models.registers.gauges import GaugesByKey
from models.series import GridLevels, joint_totals
from models.site.devices import device_of, point_key
from models.site.site import Site
from service.evaluation.gauges import daily_means, increments
from service.evaluation.recipes import KpiMeters
from service.evaluation.samples import NO_SAMPLES, SamplesByKey, grid_levels, registers_of
from service.evaluation.taker_claims import claimed_heat, meter_u_ratio
from service.live.scrutiny import SuspicionFigureView, SuspicionView

_HISTORY = timedelta(days=395)
_HOUR_US = 3_600_000_000
_HOURS = 24
# Meters of these roles are like each other: the scatter of one is told by that of the rest.
_LIKE_EACH_OTHER = (Role.PDU, Role.UPS_OUTPUT, Role.UPS_INPUT)
_BEST_CABLES = 1.0
# From this close to its limit on, somebody may care.
_NEAR_RATIO = 0.03
_LEAST_COVERAGE = 0.5
_IDLE = frozenset({Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE})
_LIMITS = {"at_most": True, "at_least": False}


class Scrutiny:
    """The cross-checks of a site; fixed. ``least_coverage`` is what each rule asks, by rule id."""

    def __init__(
        self, site: Site, meters: KpiMeters, least_coverage: Mapping[str, float] | None = None
    ) -> None:
        self._site = site
        self._sums = meters
        self._least = dict(least_coverage or {})
        self._outdoor = point_key(site.outdoor_device or "", "outdoor_temp_degc")
        self._has_weather = self._outdoor in site.points
        self._meters = tuple(site.tree.meters.values())
        self._ratios = {
            kpi: (top, bottom)
            for kpi, top, bottom in (
                ("pue", meters.facility, meters.it_sum),
                ("wue", meters.water, meters.it_sum),
                ("erf", meters.reused, meters.facility),
            )
            if top.plus and bottom.plus
        }

    def keys(self) -> tuple[str, ...]:
        """Registers that are read, for a ledger of 13 months by the hour."""
        return tuple(register.key for register in registers_of(self._meters))

    def suspicions(
        self,
        samples: SamplesByKey,
        gauges: GaugesByKey,
        now: datetime,
        findings: Sequence[Finding],
    ) -> tuple[SuspicionView, ...]:
        """What is left to be named after all checks of the last 13 months, strongest first."""
        year = _Year.of(self._meters, samples, now)
        if year is None:
            return ()
        return tuple(
            self._view(one) for one in named(self._tested(year, samples, gauges, findings))
        )

    def _tested(
        self,
        year: "_Year",
        samples: SamplesByKey,
        gauges: GaugesByKey,
        findings: Sequence[Finding],
    ) -> Iterator[Suspicion | None]:
        yield from self._of_takers(samples, year)
        for feed in self._feeds(year):
            yield it_above_ups(year.days, feed)
        for meter in self._meters:
            hourly = year.hourly[year.row[meter.id]]
            yield repeated_figures(meter.id, year.days, hourly, meter.resolution)
            yield round_figures(
                meter.id,
                year.period,
                _one_an_hour(samples, meter),
                meter.resolution,
                unit=self._site.points[meter.point].unit,
            )
        for role in _LIKE_EACH_OTHER:
            yield from self._smooth(year, role)
        if self._has_weather:
            yield from self._of_weather(year, gauges)
        yield from self._of_limits(year, findings)

    def _of_takers(self, samples: SamplesByKey, year: "_Year") -> Iterator[Suspicion | None]:
        reports = self._site.declared.taker_reports
        for taker in self._site.takers:
            meter = self._site.tree.meters[taker.meter]
            months: list[TakerMonth] = []
            for report in reports:
                if report.taker != taker.id:
                    continue
                month = claimed_heat(meter, taker, report, samples, year.edges_us)
                if month is not None:
                    months.append(month)
            if months:
                # The claims are net of what each report allows to be lost on the way.
                yield heat_above_taker(meter.id, months)
                yield heat_drifts_from_taker(meter.id, months)

    def _feeds(self, year: "_Year") -> Iterator[Feed]:
        """Each UPS, and the cables behind it."""
        tree = self._site.tree
        for role, inner, best in (
            (Role.UPS_INPUT, Role.UPS_OUTPUT, BEST_UPS_EFFICIENCY),
            (Role.UPS_OUTPUT, Role.PDU, _BEST_CABLES),
        ):
            for meter_id in tree.with_role(role):
                inside = tree.children(meter_id)
                if not any(one.role is inner for one in inside):
                    continue
                outputs = year.daily[[year.row[one.id] for one in inside]]
                yield Feed(
                    name=meter_id,
                    output_meters=tuple(one.id for one in inside if one.role is inner),
                    input_kwh=year.daily[year.row[meter_id]],
                    output_kwh=np.asarray(outputs.sum(axis=0)),
                    input_u_ratio=meter_u_ratio(tree.meters[meter_id].accuracy),
                    output_u_ratio=_u_of_sum(inside, outputs),
                    best_efficiency=best,
                )

    def _smooth(self, year: "_Year", role: Role) -> tuple[Suspicion | None, ...]:
        ids = self._site.tree.with_role(role)
        rows = [year.row[one] for one in ids]
        resolution = [self._site.tree.meters[one].resolution for one in ids]
        return too_smooth(ids, year.days, year.hourly[rows], resolution)

    def _of_weather(self, year: "_Year", gauges: GaugesByKey) -> Iterator[Suspicion | None]:
        outdoor = daily_means(gauges.get(self._outdoor), year.days)
        for meter_id in self._sums.it_sum.plus:
            inside = {one.id for one in self._site.tree.descendants(meter_id)}
            own = year.daily[year.row[meter_id]].copy()
            for other in self._sums.it_sum.minus:
                if other in inside:
                    own -= year.daily[year.row[other]]
            yield it_follows_weather(meter_id, year.days, own, outdoor)
        together: dict[bytes, list[int]] = {}
        for row, missing in enumerate(year.missing):
            together.setdefault(missing.round(2).tobytes(), []).append(row)
        for rows in together.values():
            ids = [self._meters[row].id for row in rows]
            yield silent_when_hot(ids, year.days, year.missing[rows[0]], outdoor)

    def _of_limits(self, year: "_Year", findings: Sequence[Finding]) -> Iterator[Suspicion | None]:
        ratios = {kpi: year.ratio(*sums) for kpi, sums in self._ratios.items()}
        least = {(kpi, _LEAST_COVERAGE) for kpi in ratios}
        limits: set[tuple[str, float, bool]] = set()
        for finding in findings:
            if finding.kpi_id not in ratios or finding.verdict in _IDLE:
                continue
            if finding.threshold is not None and finding.comparison in _LIMITS:
                limits.add((finding.kpi_id, finding.threshold, _LIMITS[finding.comparison]))
            if finding.rule_id in self._least:
                least.add((finding.kpi_id, self._least[finding.rule_id]))
        for kpi, limit, high_is_bad in sorted(limits):
            daily, coverage = ratios[kpi]
            near = limit * (1.0 - _NEAR_RATIO if high_is_bad else 1.0 + _NEAR_RATIO)
            yield coverage_near_limit(kpi, year.days, coverage, daily, (near, high_is_bad))
        months = year.months()
        for kpi, ratio in sorted(least):
            known = year.coverage(months, *self._ratios[kpi])
            yield coverage_just_enough(kpi, months, known, ratio)

    def _view(self, one: Suspicion) -> SuspicionView:
        labels = [self._label(each) for each in one.about]
        return SuspicionView(
            kind=one.kind.value,
            about=one.about,
            label_fr=" / ".join(french for french, _ in labels),
            label_en=" / ".join(english for _, english in labels),
            since=one.since,
            until=one.until,
            p_value=one.p_value,
            family_p_value=one.p_value if one.family_p_value is None else one.family_p_value,
            effect=one.effect,
            effect_unit=one.effect_unit,
            figures=tuple(
                SuspicionFigureView(name=each.name, value=each.value, unit=each.unit)
                for each in one.figures
            ),
            otherwise=one.otherwise,
        )

    def _label(self, about: str) -> tuple[str, str]:
        meter = self._site.tree.meters.get(about)
        if meter is None:
            return about.upper(), about.upper()
        device = self._site.devices[device_of(meter.point)]
        return device.label_fr, device.label_en


@dataclass(frozen=True)
class _Year:
    """All meters on the hours of the last legal days: what each counted, and what is missing.

    ``hours_of`` are the first hour of each day and the one after its last.
    """

    days: list[date]
    edges_us: IntArray
    hours_of: IntArray
    counted: FloatArray
    levels: GridLevels
    row: Mapping[str, int]

    @classmethod
    def of(cls, meters: Sequence[Meter], samples: SamplesByKey, now: datetime) -> "_Year | None":
        """None when no meter was ever read in these days."""
        today = legal_day(now)
        known = [have for m in meters if len(have := samples.get(m.point, NO_SAMPLES).ts_us)]
        if not known:
            return None
        oldest = legal_day(from_us(min(int(ts[0]) for ts in known)))
        first = max(today - _HISTORY, oldest + timedelta(days=1))
        if first >= today:
            return None
        starts = day_edges_us(first, today)
        edges = np.arange(starts[0], starts[-1] + 1, _HOUR_US, dtype=np.int64)
        registers = registers_of(meters)[: len(meters)]
        levels = grid_levels(registers, samples, edges)
        return cls(
            days=days_from(first, today),
            edges_us=edges,
            hours_of=(starts - starts[0]) // _HOUR_US,
            counted=increments(levels),
            levels=levels,
            row={meter.id: n for n, meter in enumerate(meters)},
        )

    @property
    def period(self) -> tuple[date, date]:
        """Legal days from the first to after the last."""
        return self.days[0], self.days[-1] + timedelta(days=1)

    @cached_property
    def hourly(self) -> FloatArray:
        """Counts by meter, day and hour; the days of a clock change have 23 or the first 24."""
        hour = self.hours_of[:-1, None] + np.arange(_HOURS)
        inside = hour < self.hours_of[1:, None]
        rows = self.counted[:, np.minimum(hour, self.counted.shape[1] - 1)]
        return np.asarray(np.where(inside, rows, np.nan))

    @cached_property
    def daily(self) -> FloatArray:
        """Counts by meter and day; NaN when an edge of the day is not known."""
        grid = GridLevels(
            edges_us=self.edges_us[self.hours_of],
            level=self.levels.level[:, self.hours_of],
            segment=self.levels.segment[:, self.hours_of],
        )
        return increments(grid)

    @cached_property
    def missing(self) -> FloatArray:
        """Share of each day that a meter does not know; none before it was first read."""
        unknown = ~np.isfinite(self.counted)
        unknown &= np.maximum.accumulate(~unknown, axis=1)
        return self._of_day(unknown.astype(float)) / np.diff(self.hours_of)

    def ratio(self, top: SignedMeters, bottom: SignedMeters) -> tuple[FloatArray, FloatArray]:
        """A ratio by day over the hours known of all its meters, and their share of the day."""
        rows = [self.row[one] for one in (*top.ids, *bottom.ids)]
        joint = np.isfinite(self.counted[rows]).all(axis=0)
        above, below = (self._of_day(np.where(joint, self._sum(s), 0.0)) for s in (top, bottom))
        with np.errstate(invalid="ignore", divide="ignore"):
            daily = np.where(below > 0.0, above / below, np.nan)
        return np.asarray(daily), self._of_day(joint.astype(float)) / np.diff(self.hours_of)

    def months(self) -> list[tuple[date, date]]:
        """The whole legal months, oldest first."""
        firsts = [n for n, day in enumerate(self.days) if day.day == 1]
        return [(self.days[a], self.days[b]) for a, b in pairwise(firsts)]

    def coverage(
        self, windows: Sequence[tuple[date, date]], top: SignedMeters, bottom: SignedMeters
    ) -> FloatArray:
        """Share of each window over which a ratio is known, as its KPI reckons it."""
        rows = [self.row[one] for one in dict.fromkeys((*top.ids, *bottom.ids))]
        grid = GridLevels(
            edges_us=self.edges_us,
            level=self.levels.level[rows],
            segment=self.levels.segment[rows],
        )
        edge = {day: int(hour) for day, hour in zip(self.days, self.hours_of, strict=False)}
        return np.array([joint_totals(grid, edge[a], edge[b]).coverage_ratio for a, b in windows])

    def _sum(self, sums: SignedMeters) -> FloatArray:
        ids = tuple(dict.fromkeys(sums.ids))
        return np.asarray(sums.weights(ids) @ self.counted[[self.row[one] for one in ids]])

    def _of_day(self, by_hour: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(by_hour, self.hours_of[:-1], axis=-1))


def _one_an_hour(samples: SamplesByKey, meter: Meter) -> FloatArray:
    """The first reading of a register in each hour."""
    have = samples.get(meter.point, NO_SAMPLES)
    _, first = np.unique(have.ts_us // _HOUR_US, return_index=True)
    return have.value[first]


def _u_of_sum(meters: Sequence[Meter], daily: FloatArray) -> float:
    """Relative standard uncertainty of a sum of meters that err independently."""
    energy = np.nansum(daily, axis=1)
    u = np.array([meter_u_ratio(meter.accuracy) for meter in meters]) * energy
    total = float(energy.sum())
    return float(np.sqrt(u @ u)) / total if total > 0.0 else 1.0
