"""The KPIs of one site from given readings: the registry of the evaluation, no store.

Who makes a pack and who checks it both come through here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.kpi.definition import Kpi
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import KPIS, declared, is_given_for, measure
from models.kpi.result import Doubt, KpiResult
from models.kpi.wanted import WantedPoints, wanted_points
from models.metering.registers import SiteRegisters
from models.metering.tree import Meter
from models.readings import Window
from models.site.site import Site, site_sums
from service.evaluation.periods import GRAIN_OF, STEP, Grain, grain_of_period, window_named

Wanted = tuple[str, str]
ReadingsByGrain = Mapping[Grain, SiteReadings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside the readings: what was imported, and which meters are in doubt."""

    imported: tuple[Window, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class PackResults:
    """What some KPIs of a site are made of as of an instant, and their figures.

    ``wanted`` are pairs of KPI and window; one that the site cannot have, or that no instant tells
    the window of, has no figure. ``period`` is the written one that every KPI is measured over.
    """

    def __init__(
        self, site: Site, wanted: Iterable[Wanted], at: datetime, period: Window | None = None
    ) -> None:
        self._site, self._at, self._period = site, at, period
        self._sums = site_sums(site)
        self._declared = {(r.kpi, r.window.name): r for r in declared(site.declared)}
        self._wanted = tuple(dict.fromkeys(wanted))

    def grains(self) -> tuple[Grain, ...]:
        """The grains of the windows that are computed."""
        names = {name for wanted in self._wanted if (name := self._window_of(wanted))}
        found = {GRAIN_OF[name] for name in names} | {self._grain_of_period()}
        return tuple(grain for grain in Grain if grain in found)

    def _grain_of_period(self) -> Grain | None:
        return None if self._period is None else grain_of_period(self._period)

    def _of_period(self) -> tuple[Kpi, ...]:
        """The KPIs that are given for the period."""
        period = self._period
        if period is None:
            return ()
        return tuple(kpi for kpi in KPIS.values() if is_given_for(kpi, period))

    def points(self, grain: Grain) -> WantedPoints:
        """The points that the KPIs of a grain are made of."""
        ids = dict.fromkeys(
            wanted[0] for wanted in self._wanted if GRAIN_OF.get(self._window_of(wanted)) is grain
        )
        if grain is self._grain_of_period():
            ids |= dict.fromkeys(kpi.id for kpi in self._of_period())
        return wanted_points([KPIS[one] for one in ids], self._site, self._sums)

    def windows(self, grain: Grain) -> tuple[Window, ...]:
        """The windows of a grain that are wanted."""
        names = dict.fromkeys(
            name
            for wanted in self._wanted
            if GRAIN_OF.get(name := self._window_of(wanted)) is grain
        )
        named = tuple(window_named(name, self._at) for name in names)
        if self._period is None or grain is not self._grain_of_period():
            return named
        return (*named, self._period)

    def span(self, grain: Grain) -> tuple[datetime, timedelta]:
        """Where the readings of a grain begin, and their step."""
        return min(one.start for one in self.windows(grain)), STEP[grain]

    def meters(self, grain: Grain) -> tuple[Meter, ...]:
        """The meters that the KPIs of a grain are made of."""
        return tuple(self._site.tree.meters[one] for one in self.points(grain).meters)

    def registers(self, readings: SiteReadings) -> SiteRegisters:
        """The registers of some readings, traced."""
        return SiteRegisters(self._site.tree, readings.registers, readings.gauges)

    def figures(self, readings: ReadingsByGrain, known: Known) -> dict[Wanted, KpiResult]:
        """Each wanted KPI that there is."""
        found = {one: self._declared[one] for one in self._wanted if one in self._declared}
        for grain in self.grains():
            given = replace(
                readings.get(grain, SiteReadings()), imported=known.imported, doubts=known.doubts
            )
            found |= self._of_grain(grain, given)
        return {one: found[one] for one in self._wanted if one in found}

    def period_figures(self, readings: ReadingsByGrain, known: Known) -> Sequence[KpiResult]:
        """Every KPI that is given for the period, over exactly the period."""
        grain = self._grain_of_period()
        if self._period is None or grain is None:
            return ()
        given = replace(
            readings.get(grain, SiteReadings()), imported=known.imported, doubts=known.doubts
        )
        measured = Measurement(self._site, self._sums, given, (self._period,))
        return measure(measured, self._of_period())

    def _of_grain(self, grain: Grain, readings: SiteReadings) -> dict[Wanted, KpiResult]:
        windows = tuple(one for one in self.windows(grain) if one is not self._period)
        ids = {kpi for kpi, _ in self._wanted}
        kpis = [one for one in KPIS.values() if one.id in ids]
        measured = Measurement(self._site, self._sums, readings, windows)
        results = {(r.kpi, r.window.name): r for r in measure(measured, kpis)}
        return {one: result for one, result in results.items() if one in self._wanted}

    def _window_of(self, wanted: Wanted) -> str:
        """The window that is computed for a wanted pair; empty for one that is not."""
        kpi, name = wanted
        produced = kpi in KPIS and name in KPIS[kpi].windows and name in GRAIN_OF
        return name if produced and wanted not in self._declared else ""
