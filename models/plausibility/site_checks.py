"""Cross-checks of a site's year: do its figures look as if somebody had a hand in them?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from models.forecast.outlook import FORECAST
from models.kpi.gauged import daily_means
from models.kpi.limit import KpiLimit
from models.kpi.measurement import SiteReadings
from models.metering.registers import SiteRegisters
from models.metering.sums import SiteSums, Sum
from models.metering.tree import Meter, Role
from models.metering.witnesses import usual_u_ratio
from models.plausibility.coverage import coverage_just_enough, coverage_near_limit
from models.plausibility.heat_taker import heat_above_taker, heat_drifts_from_taker
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
from models.plausibility.site_year import SiteYear
from models.plausibility.suspicion import Figure, Suspicion, named
from models.plausibility.taker_claims import claimed_months
from models.readings import FloatArray
from models.registers.gauges import ValueRange
from models.registers.samples import NO_SAMPLES
from models.site.devices import point_key
from models.site.labels import joined_labels, labels_of
from models.site.site import Site

_HOUR_US = 3_600_000_000
# Meters of these roles are like each other: the scatter of one is told by that of the rest.
_LIKE_EACH_OTHER = (Role.PDU, Role.UPS_OUTPUT, Role.UPS_INPUT)
_BEST_CABLES = 1.0
# From this close to its limit on, somebody may care.
_NEAR_RATIO = 0.03
# What a KPI needs to be given at all.
_LEAST_COVERAGE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspicionView:
    """One named suspicion over the legal days ``[since, until)``.

    ``kind`` is one of :class:`models.plausibility.suspicion.SuspicionKind`: its words are
    ``suspicion_<kind>``, and ``otherwise`` is the key of what else could explain it. ``about`` are
    meters or a KPI, labelled where the site names them. ``p_value`` is the chance of as much on
    honest data by this check alone, ``family_p_value`` with all checks of the run counted.
    """

    kind: str
    about: tuple[str, ...]
    label_fr: str
    label_en: str
    since: date
    until: date
    p_value: float
    family_p_value: float
    effect: float
    effect_unit: str
    figures: tuple[Figure, ...]
    otherwise: str


class SiteChecks:
    """The cross-checks of a site; fixed.

    Readings are wanted over :data:`models.plausibility.site_year.HISTORY`: registers at the ends of
    hours or more often, the outdoor temperature by the hour.

    Parameters
    ----------
    site : Site
        Its meters, takers and their reports.
    sums : SiteSums
        The sums behind the ratios that limits are set for.
    """

    def __init__(self, site: Site, sums: SiteSums) -> None:
        """Choose the ratios of which both sums are metered."""
        self._site = site
        self._sums = sums
        self._outdoor = point_key(site.outdoor_device or "", "outdoor_temp_degc")
        self._has_weather = self._outdoor in site.points
        self._meters = tuple(site.tree.meters.values())
        self._ratios = {one.id: one for one in FORECAST if sums.has(*one.sums)}
        self._labels = labels_of(site)

    def registers(self) -> tuple[str, ...]:
        """Every register, and the volumes of the meters behind the takers' reports."""
        takers = [self._site.tree.meters[one.meter].volume_point for one in self._site.takers]
        own = [meter.point for meter in self._meters]
        return tuple(dict.fromkeys(key for key in (*own, *takers) if key is not None))

    def gauges(self) -> Mapping[str, tuple[ValueRange, ...]]:
        """The outdoor temperature."""
        return {self._outdoor: ()} if self._has_weather else {}

    def suspicions(
        self,
        readings: SiteReadings,
        registers: SiteRegisters,
        now: datetime,
        limits: Sequence[KpiLimit],
    ) -> tuple[SuspicionView, ...]:
        """What is left to be named after all checks of the last 13 months, strongest first.

        Parameters
        ----------
        readings : SiteReadings
            The readings of the registers themselves, for their last digits, and the weather.
        registers : SiteRegisters
            The registers, traced.
        now : datetime
            The legal days before it are checked.
        limits : sequence of KpiLimit
            Those in force now, with what each asks to be known.

        Returns
        -------
        tuple of SuspicionView
            Of an honest site nothing, 99 times in 100.
        """
        year = SiteYear.of(self._meters, registers, now)
        if year is None:
            return ()
        return tuple(self._view(one) for one in named(self._tested(year, readings, limits)))

    def _tested(
        self, year: SiteYear, readings: SiteReadings, limits: Sequence[KpiLimit]
    ) -> Iterator[Suspicion | None]:
        yield from self._of_takers(year)
        for feed in self._feeds(year):
            yield it_above_ups(year.days, feed)
        for meter in self._meters:
            hourly = year.hourly[year.row[meter.id]]
            yield repeated_figures(meter.id, year.days, hourly, meter.resolution)
            yield round_figures(
                meter.id,
                year.period,
                _one_an_hour(readings, meter),
                meter.resolution,
                unit=self._site.points[meter.point].unit,
            )
        for role in _LIKE_EACH_OTHER:
            yield from self._smooth(year, role)
        if self._has_weather:
            yield from self._of_weather(year, readings)
        yield from self._of_limits(year, limits)

    def _of_takers(self, year: SiteYear) -> Iterator[Suspicion | None]:
        for taker in self._site.takers:
            months = tuple(claimed_months(self._site, taker, year.registers, year.known_us))
            if months:
                # The claims are net of what each report allows to be lost on the way.
                yield heat_above_taker(taker.meter, months)
                yield heat_drifts_from_taker(taker.meter, months)

    def _feeds(self, year: SiteYear) -> Iterator[Feed]:
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
                    input_u_ratio=usual_u_ratio(tree.meters[meter_id]),
                    output_u_ratio=_u_of_sum(inside, outputs),
                    best_efficiency=best,
                )

    def _smooth(self, year: SiteYear, role: Role) -> tuple[Suspicion | None, ...]:
        ids = self._site.tree.with_role(role)
        rows = [year.row[one] for one in ids]
        resolution = [self._site.tree.meters[one].resolution for one in ids]
        return too_smooth(ids, year.days, year.hourly[rows], resolution)

    def _of_weather(self, year: SiteYear, readings: SiteReadings) -> Iterator[Suspicion | None]:
        totals = readings.gauges.get(self._outdoor)
        unknown = np.full(len(year.days), np.nan)
        outdoor = unknown if totals is None else daily_means(totals, year.days)
        for meter_id in self._sums[Sum.IT].plus:
            inside = {one.id for one in self._site.tree.descendants(meter_id)}
            own = year.daily[year.row[meter_id]].copy()
            for other in self._sums[Sum.IT].minus:
                if other in inside:
                    own -= year.daily[year.row[other]]
            yield it_follows_weather(meter_id, year.days, own, outdoor)
        together: dict[bytes, list[int]] = {}
        for row, missing in enumerate(year.missing):
            together.setdefault(missing.round(2).tobytes(), []).append(row)
        for rows in together.values():
            ids = [self._meters[row].id for row in rows]
            yield silent_when_hot(ids, year.days, year.missing[rows[0]], outdoor)

    def _of_limits(self, year: SiteYear, limits: Sequence[KpiLimit]) -> Iterator[Suspicion | None]:
        sums = {
            kpi: (self._sums[one.numerator], self._sums[one.denominator])
            for kpi, one in self._ratios.items()
        }
        asked = [one for one in limits if one.kpi in sums]
        for kpi, limit, at_least in sorted({(one.kpi, one.value, one.at_least) for one in asked}):
            daily, coverage = year.ratio(*sums[kpi], self._ratios[kpi].scale)
            near = limit * (1.0 + _NEAR_RATIO if at_least else 1.0 - _NEAR_RATIO)
            yield coverage_near_limit(kpi, year.days, coverage, daily, (near, not at_least))
        months = year.months()
        least = {(kpi, _LEAST_COVERAGE) for kpi in sums}
        least |= {(one.kpi, r) for one in asked if (r := one.least_coverage_ratio) > 0.0}
        for kpi, ratio in sorted(least):
            known = year.coverage(months, *sums[kpi])
            yield coverage_just_enough(kpi, months, known, ratio)

    def _view(self, one: Suspicion) -> SuspicionView:
        is_kpi = one.about[0] not in self._labels
        about = tuple(each.upper() for each in one.about) if is_kpi else one.about
        label_fr, label_en = joined_labels(self._labels, about)
        return SuspicionView(
            kind=one.kind.value,
            about=one.about,
            label_fr=label_fr,
            label_en=label_en,
            since=one.since,
            until=one.until,
            p_value=one.p_value,
            family_p_value=one.p_value if one.family_p_value is None else one.family_p_value,
            effect=one.effect,
            effect_unit=one.effect_unit,
            figures=one.figures,
            otherwise=one.otherwise,
        )


def _one_an_hour(readings: SiteReadings, meter: Meter) -> FloatArray:
    """The first reading of a register in each hour."""
    have = readings.registers.get(meter.point, NO_SAMPLES)
    _, first = np.unique(have.ts_us // _HOUR_US, return_index=True)
    return have.value[first]


def _u_of_sum(meters: Sequence[Meter], daily: FloatArray) -> float:
    """Relative standard uncertainty of a sum of meters that err independently."""
    energy = np.nansum(daily, axis=1)
    u = np.array([usual_u_ratio(meter) for meter in meters]) * energy
    total = float(energy.sum())
    return float(np.sqrt(u @ u)) / total if total > 0.0 else 1.0
