"""The KPIs of one site from given samples: the same functions as the evaluation's, no store.

Who makes a pack and who checks it both come through here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from models.kpi.result import KpiResult
from models.legal_time.nights import last_day, nights
from models.metering.tree import Meter
from models.readings import Origin, Window
from models.registers.gauges import ValueRange
from models.site.site import Site
from service.evaluation.conditions import Conditions
from service.evaluation.kpis import kpis_of_window, register_keys
from service.evaluation.noise import emergence, noise_keys, worst_emergence
from service.evaluation.part_load import part_load_pue
from service.evaluation.recipes import KpiMeters, recipes_of
from service.evaluation.samples import SamplesByKey
from service.evaluation.stated import boundary_levels, declared_kpis
from service.evaluation.windows import (
    GriddedWindow,
    last_quarter,
    month,
    origin_of,
    today,
    twelve_months,
)
from service.evidence.inputs import NO_INPUTS, Inputs

Compute = Callable[[GriddedWindow, Inputs, Origin], Sequence[KpiResult]]
Wanted = tuple[str, str]
RangesByKey = Mapping[str, tuple[ValueRange, ...]]

# Which samples serve which window, as the evaluation reads them.
LONG, DAY, QUARTER, NOISE = "long", "day", "quarter", "noise"
SET_OF_WINDOW: Final[dict[str, str]] = {
    "15min": QUARTER,
    "today": DAY,
    "month": LONG,
    "12months": LONG,
    "last_day": NOISE,
    "last_night": NOISE,
}
_GRIDDED: Final[dict[str, Callable[[datetime], GriddedWindow]]] = {
    "15min": last_quarter,
    "today": today,
    "month": month,
    "12months": twelve_months,
}
_EMERGENCE_OF: Final = {"last_day": "noise_emergence_day", "last_night": "noise_emergence_night"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Some KPIs and the points that they are made of; gauges with the ranges that they need."""

    keys: tuple[str, ...]
    gauges: RangesByKey = field(default_factory=dict)
    meters: tuple[Meter, ...]
    compute: Compute


def window_at(name: str, at: datetime) -> Window | None:
    """The window of that name as of an instant; None when it does not follow from an instant."""
    if name in _GRIDDED:
        return _GRIDDED[name](at).window
    if name == "last_day":
        return last_day(at)
    return nights(at, 1)[-1] if name == "last_night" else None


class SiteResults:
    """What can be computed for a site, and from which points."""

    def __init__(self, site: Site) -> None:
        self._site = site
        sums = KpiMeters(site.tree)
        self._makers = tuple(_makers(site, sums))
        self._stated = {(r.kpi, r.window.name): r for r in declared_kpis(site.declared)}
        self._found: dict[tuple[Wanted, datetime], _Maker | None] = {}

    def keys_of(self, wanted: Wanted, at: datetime) -> tuple[str, ...]:
        """The points whose samples a KPI is made of; none for what is declared or unknown."""
        if SET_OF_WINDOW.get(wanted[1]) == NOISE:
            return () if self._site.noise is None else noise_keys(self._site.noise)
        maker = self._maker(wanted, at)
        return () if maker is None else maker.keys

    def gauges_of(self, wanted: Wanted, at: datetime) -> RangesByKey:
        """The gauges that a KPI is made of, and the ranges in which their time is summed."""
        maker = None if wanted[1] in _EMERGENCE_OF else self._maker(wanted, at)
        return {} if maker is None else maker.gauges

    def meters_of(self, wanted: Wanted, at: datetime) -> tuple[Meter, ...]:
        """The meters whose registers a KPI is made of."""
        maker = None if wanted[1] in _EMERGENCE_OF else self._maker(wanted, at)
        return () if maker is None else maker.meters

    def result_of(
        self,
        wanted: Wanted,
        at: datetime,
        sets: Mapping[str, Inputs],
        imported: Sequence[Window],
    ) -> KpiResult | None:
        """One KPI over the window of that name as of an instant; None when there is no such."""
        kpi, name = wanted
        if wanted in self._stated:
            return self._stated[wanted]
        if name in _EMERGENCE_OF:
            return self._noise(wanted, at, sets.get(NOISE, NO_INPUTS), imported)
        maker = self._maker(wanted, at)
        if maker is None:
            return None
        gridded = _GRIDDED[name](at)
        origin = origin_of(gridded.window, imported)
        made = maker.compute(gridded, sets.get(SET_OF_WINDOW[name], NO_INPUTS), origin)
        return next((one for one in made if one.kpi == kpi), None)

    def _maker(self, wanted: Wanted, at: datetime) -> _Maker | None:
        if wanted[1] not in _GRIDDED:
            return None
        if (wanted, at) not in self._found:
            self._found[wanted, at] = self._search(wanted, at)
        return self._found[wanted, at]

    def _search(self, wanted: Wanted, at: datetime) -> _Maker | None:
        """A KPI that nobody knows the meters of names itself even without a sample."""
        kpi, name = wanted
        gridded = _GRIDDED[name](at)
        for maker in self._makers:
            if any(r.kpi == kpi for r in maker.compute(gridded, NO_INPUTS, Origin.MEASURED)):
                return maker
        return None

    def _noise(
        self, wanted: Wanted, at: datetime, inputs: Inputs, imported: Sequence[Window]
    ) -> KpiResult | None:
        noise, window = self._site.noise, window_at(wanted[1], at)
        if noise is None or window is None:
            return None
        origin = origin_of(window, imported)
        kpi = _EMERGENCE_OF[wanted[1]]
        each = [emergence(noise, p, kpi, window, inputs.samples, origin) for p in noise.points]
        found = (worst_emergence(each), worst_emergence(boundary_levels(each)))
        return next((one for one in found if one is not None and one.kpi == wanted[0]), None)


def _makers(site: Site, sums: KpiMeters) -> Iterator[_Maker]:
    for recipe in recipes_of(site, sums):
        one = (recipe,)
        yield _Maker(
            keys=register_keys(one),
            meters=recipe.meters,
            compute=_of_samples(partial(kpis_of_window, one)),
        )
    conditions = Conditions(site, sums)
    if conditions.gauges():
        yield _Maker(
            keys=tuple(meter.point for meter in sums.of_heat),
            gauges=conditions.gauges(),
            meters=sums.of_heat,
            compute=lambda gridded, inputs, origin: conditions.kpis(
                gridded, inputs.samples, inputs.gauges, origin
            ),
        )
    if sums.it is not None:
        points = (
            point
            for meter in sums.of_pue
            for point in (meter.point, meter.volume_point)
            if point is not None
        )
        yield _Maker(
            keys=tuple(points),
            meters=sums.of_pue,
            compute=_of_samples(partial(part_load_pue, site, sums)),
        )


def _of_samples(
    compute: Callable[[GriddedWindow, SamplesByKey, Origin], Sequence[KpiResult]],
) -> Compute:
    """A computation that no gauge has a part in."""
    return lambda gridded, inputs, origin: compute(gridded, inputs.samples, origin)


def span_of(wanted: Sequence[Wanted], set_name: str, at: datetime) -> tuple[datetime, timedelta]:
    """Where the samples of a set must begin, and their step."""
    named = {name for _, name in wanted if SET_OF_WINDOW.get(name) == set_name}
    starts = [window.start for name in named if (window := window_at(name, at)) is not None]
    steps = {
        LONG: timedelta(hours=1),
        DAY: timedelta(minutes=5),
        QUARTER: timedelta(seconds=10),
        NOISE: timedelta(minutes=10),
    }
    return min(starts), steps[set_name]
