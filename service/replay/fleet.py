"""From a folder of sites with registers to the history of their KPIs.

The KPIs are computed by what the evaluator computes them with, over the windows that end with
each judged day: from registers every hour, and from sound levels every ten minutes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import nan
from pathlib import Path
from typing import Final

import numpy as np

from charter_rules.facts import SiteFacts
from charter_rules.kpis import KPIS
from collectors.profiles.schema import Profile
from models.kpi.result import KpiResult
from models.kpi_history import DTYPES, NOT_WITHHELD, WITHHELD, KpiColumns
from models.legal_time.days import day_start, to_us
from models.legal_time.nights import last_day, nights
from models.legal_time.periods import named_period
from models.readings import Origin, Window
from models.site.site import Site
from service.evaluation.kpis import kpis_of_window
from service.evaluation.noise import emergence, worst_emergence
from service.evaluation.recipes import KpiMeters, Recipe, recipes_of
from service.evaluation.samples import Samples
from service.evaluation.stated import boundary_levels, declared_kpis
from service.evaluation.windows import GriddedWindow
from service.replay.errors import FleetFileError
from service.replay.truths import WRITE_ANEW, read_json
from service.site.errors import SiteFileError
from service.site.facts import facts_of
from service.site.loader import load_site

_FLEET_FILE: Final = "fleet.json"
_SITE_FILE: Final = "site.yaml"
_REGISTERS_FILE: Final = "registers.npz"
_SOUND_FILE: Final = "sound.npz"
_DAY: Final = timedelta(days=1)
_STEP: Final = timedelta(hours=1)
# A reading on either side of a window tells a glitch at its edge.
_BESIDE_US: Final = 2 * 3_600_000_000


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
    progress: Callable[[str], None] = lambda _line: None,
) -> KpiColumns:
    """The KPIs of every site on some legal days; those of the folder when none are given.

    Noise is only known on the days of the folder.
    """
    parts = []
    for name, site in fleet.sites.items():
        parts.append(history_of_site(name, site, fleet.folder / name, days or fleet.judged_days))
        progress(f"{name}: {len(parts[-1])} KPIs")
    return KpiColumns.concat(parts)


def history_of_site(name: str, site: Site, folder: Path, days: Sequence[date]) -> KpiColumns:
    """The KPIs of one site on some legal days."""
    registers = _samples(folder / _REGISTERS_FILE)
    sound = _samples(folder / _SOUND_FILE)
    recipes = recipes_of(site, KpiMeters(site.tree))
    rows = [
        (on, result)
        for on in days
        for result in (
            *_metered(recipes, registers, on),
            *_heard(site, sound, on),
            *declared_kpis(site.declared),
        )
        if result.kpi in KPIS and result.window.name in KPIS[result.kpi].windows
    ]
    return _columns(name, rows)


def windows_of(on: date) -> tuple[Window, Window]:
    """The month so far and the twelve months, at the end of a legal day."""
    end = day_start(on + _DAY)
    return named_period("month", end), named_period("12months", end)


def _metered(
    recipes: Sequence[Recipe], registers: Mapping[str, Samples], on: date
) -> Iterator[KpiResult]:
    for window in windows_of(on):
        near = {key: _near(samples, window) for key, samples in registers.items()}
        gridded = GriddedWindow(window=window, step=_STEP)
        yield from kpis_of_window(recipes, gridded, near, Origin.IMPORTED)


def _near(samples: Samples, window: Window) -> Samples:
    edges = np.array([to_us(window.start) - _BESIDE_US, to_us(window.end) + _BESIDE_US])
    first, stop = np.searchsorted(samples.ts_us, edges)
    return Samples(ts_us=samples.ts_us[first:stop], value=samples.value[first:stop])


def _heard(site: Site, sound: Mapping[str, Samples], on: date) -> Iterator[KpiResult]:
    noise = site.noise
    if noise is None:
        return
    end_of_day = day_start(on + _DAY) - timedelta(microseconds=1)
    for kpi, window in (
        ("noise_emergence_night", nights(end_of_day, 1)[-1]),
        ("noise_emergence_day", last_day(end_of_day)),
    ):
        each = [emergence(noise, p, kpi, window, sound, Origin.IMPORTED) for p in noise.points]
        # the highest emergence and the loudest point need not be the same place
        for of_points in (each, boundary_levels(each)):
            worst = worst_emergence(of_points)
            if worst is not None:
                yield worst


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
