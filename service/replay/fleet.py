"""From a folder of sites with registers to the history of their KPIs.

The KPIs are computed by what the evaluator computes them with, over the windows that end with
each judged day: from registers every hour, from gauges every quarter of an hour, and from sound
levels every ten minutes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import nan
from pathlib import Path
from typing import Final

import numpy as np

from charter_rules.facts import SiteFacts
from collectors.profiles.schema import Profile
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import KPIS, declared, measure
from models.kpi.result import KpiResult
from models.kpi.wanted import wanted_points
from models.kpi_history import DTYPES, NOT_WITHHELD, WITHHELD, KpiColumns
from models.legal_time.days import day_start, to_us
from models.metering.sums import SiteSums
from models.readings import Window
from models.registers.gauges import GaugesByKey, gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples
from models.site.site import Site, site_sums
from service.evaluation.periods import LAST_DAY, LAST_NIGHT, window_named
from service.replay.errors import FleetFileError
from service.replay.truths import WRITE_ANEW, read_json
from service.site.errors import SiteFileError
from service.site.facts import facts_of
from service.site.loader import load_site

_FLEET_FILE: Final = "fleet.json"
_SITE_FILE: Final = "site.yaml"
_REGISTERS_FILE: Final = "registers.npz"
_GAUGES_FILE: Final = "gauges.npz"
_SOUND_FILE: Final = "sound.npz"
_DAY: Final = timedelta(days=1)
# Edges of legal days are whole hours of UTC.
_HOUR_US: Final = 3_600_000_000
# The windows that rules look at, as of the end of each judged day.
_WINDOWS: Final = ("today", "month", "12months", LAST_DAY, LAST_NIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The sites of a folder, and the days on which they are judged."""

    folder: Path
    sites: Mapping[str, Site]
    judged_days: tuple[date, ...]

    def facts(self) -> dict[str, SiteFacts]:
        """The facts of each site, by its name."""
        return {name: facts_of(site) for name, site in self.sites.items()}


def read_fleet(folder: Path, profiles: Mapping[str, Profile]) -> Fleet:
    """Read which sites a folder has.

    Raises
    ------
    FleetFileError
        If a file is missing or is not what it should be.
    """
    path = folder / _FLEET_FILE
    document = read_json(path)
    try:
        names = [str(one["name"]) for one in document["sites"]]
        days = tuple(date.fromisoformat(day) for day in document["judged_days"])
    except (KeyError, TypeError, ValueError) as error:
        problem = f"it does not name sites and judged days ({error!r})"
        raise FleetFileError(path, problem, WRITE_ANEW) from error
    return Fleet(
        folder=folder,
        sites={name: _site(folder / name / _SITE_FILE, profiles) for name in names},
        judged_days=days,
    )


def history_of_fleet(
    fleet: Fleet,
    days: Sequence[date] | None = None,
    *,
    progress: Callable[[str, int], None] = lambda _name, _count: None,
) -> KpiColumns:
    """The KPIs of every site on some legal days; those of the folder when none are given.

    Noise is only known on the days of the folder.
    """
    parts = []
    for name, site in fleet.sites.items():
        parts.append(history_of_site(name, site, fleet.folder / name, days or fleet.judged_days))
        progress(name, len(parts[-1]))
    return KpiColumns.concat(parts)


def history_of_site(name: str, site: Site, folder: Path, days: Sequence[date]) -> KpiColumns:
    """The KPIs of one site on some legal days."""
    sums = site_sums(site)
    ends = [day_start(on + _DAY) for on in days]
    windows = [window_named(window, end) for end in ends for window in _WINDOWS]
    judged = [on for on in days for _ in _WINDOWS]
    reach = (min(one.start for one in windows), max(one.end for one in windows))
    readings = SiteReadings(
        registers=_samples(folder / _REGISTERS_FILE),
        gauges=_gauges(folder / _GAUGES_FILE, site, sums, reach),
        levels=_samples(folder / _SOUND_FILE),
        # What a folder holds was brought in, not measured here.
        imported=(Window(name=_REGISTERS_FILE, start=reach[0] - _DAY, end=reach[1] + _DAY),),
    )
    measured = Measurement(site, sums, readings, windows)
    on_of = {(one.name, one.start, one.end): on for one, on in zip(windows, judged, strict=True)}
    rows = [
        (on_of[result.window.name, result.window.start, result.window.end], result)
        for result in measure(measured)
    ]
    rows += [(on, result) for on in days for result in declared(site.declared)]
    return _columns(name, rows)


def _gauges(
    path: Path, site: Site, sums: SiteSums, reach: tuple[datetime, datetime]
) -> GaugesByKey:
    """Totals of the gauges that KPIs are made of, by hours that tile all windows."""
    start_us, end_us = (to_us(edge) for edge in reach)
    first, stop = start_us // _HOUR_US, -(-end_us // _HOUR_US)
    hours = Periods.between(np.arange(first, stop + 1, dtype=np.int64) * _HOUR_US)
    samples = _samples(path)
    return {
        key: gauge_totals(samples[key], hours, ranges)
        for key, ranges in wanted_points(KPIS.values(), site, sums).gauges.items()
        if key in samples
    }


def _columns(name: str, rows: Sequence[tuple[date, KpiResult]]) -> KpiColumns:
    kpis = tuple(dict.fromkeys(result.kpi for _, result in rows))
    windows = tuple(dict.fromkeys(result.window.name for _, result in rows))
    columns: dict[str, list[float]] = {column: [] for column in DTYPES}
    for on, result in rows:
        cells: dict[str, float] = {
            "site": 0,
            "kpi": kpis.index(result.kpi),
            "window": windows.index(result.window.name),
            "on": on.toordinal(),
            "start_us": to_us(result.window.start),
            "end_us": to_us(result.window.end),
            "value": _or_nan(result.value),
            "expanded_uncertainty": _or_nan(result.expanded_uncertainty),
            "coverage_ratio": result.coverage_ratio,
            "origin": result.origin.value,
            "numerator": _or_nan(result.numerator),
            "withheld": NOT_WITHHELD
            if result.withheld is None
            else WITHHELD.index(result.withheld),
            "doubtful": bool(result.doubts),
            "closed": result.window.closed,
            "category": result.category or 0,
        }
        for column, cell in cells.items():
            columns[column].append(cell)
    return KpiColumns.of_rows(sites=(name,), kpis=kpis, windows=windows, **columns)


def _or_nan(number: float | None) -> float:
    return nan if number is None else number


def _site(path: Path, profiles: Mapping[str, Profile]) -> Site:
    try:
        return load_site(path, profiles).site
    except SiteFileError as error:
        raise FleetFileError(path, str(error), WRITE_ANEW) from error


def _samples(path: Path) -> dict[str, Samples]:
    try:
        with np.load(path, allow_pickle=False) as file:
            ts_us, keys, values = file["ts_us"], file["keys"].tolist(), file["values"]
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise FleetFileError(path, f"cannot be read ({error})", WRITE_ANEW) from error
    return {key: Samples(ts_us=ts_us, value=values[:, n]) for n, key in enumerate(keys)}
