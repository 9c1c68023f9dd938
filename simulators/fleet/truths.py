"""What is true of an invented site, by KPI, window and day."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from math import isfinite
from typing import Any, Final

from simulators.fleet.calendar import JudgedWindow, metered_windows, noise_windows
from simulators.fleet.roster import InventedSite
from simulators.plant.plant import Plant
from simulators.plant.truth import Truth

_DECLARED: Final = "declared"
_METERED: Final[Mapping[str, Callable[[Truth], float]]] = {
    "pue": lambda truth: truth.pue,
    "load_factor": lambda truth: truth.load_factor,
    "cer": lambda truth: truth.cooling.cer_chilled,
    "wue": lambda truth: truth.wue_l_per_kwh,
    "wue_potable": lambda truth: truth.wue_potable_l_per_kwh,
    "erf": lambda truth: truth.erf,
    "ere": lambda truth: truth.ere,
    "recovered_heat": lambda truth: truth.e_reuse_kwh,
    "ref": lambda truth: truth.ref_onsite,
}
# only of whole years does a rule ask for an energy
_OF_A_YEAR: Final[Mapping[str, Callable[[Truth], float]]] = {
    "facility_energy": lambda truth: truth.e_dc_kwh,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueKpi:
    """One true figure, in the unit the charter gives the KPI."""

    kpi: str
    window: str
    on: date
    value: float

    def document(self) -> dict[str, Any]:
        """As an entry of ``truth.json``."""
        return asdict(self) | {"on": self.on.isoformat()}


def true_kpis(site: InventedSite, plant: Plant, days: Sequence[date]) -> Iterator[TrueKpi]:
    """Every true figure of some month ends; a ratio over nothing is left out."""
    for on in days:
        for window in metered_windows(on):
            yield from _metered(plant, window)
        for window in noise_windows(on):
            yield from _noise(plant, window)
        for kpi, declared in site.declared.items():
            yield TrueKpi(kpi=kpi, window=_DECLARED, on=on, value=declared.true_value)


def _metered(plant: Plant, window: JudgedWindow) -> Iterator[TrueKpi]:
    truth = plant.truth(window.start, window.end)
    kpis = _METERED if window.name == "month" else {**_METERED, **_OF_A_YEAR}
    for kpi, figure in kpis.items():
        value = figure(truth)
        if isfinite(value):
            yield TrueKpi(kpi=kpi, window=window.name, on=window.on, value=value)


def _noise(plant: Plant, window: JudgedWindow) -> Iterator[TrueKpi]:
    """The highest of all points, over the whole period, windy or not."""
    by_night = window.name == "last_night"
    period = "night" if by_night else "day"
    levels = [
        (one.emergence_night_db, one.ambient_night_dba)
        if by_night
        else (one.emergence_day_db, one.ambient_day_dba)
        for one in plant.truth_noise(window.start, window.end).values()
    ]
    emergences, ambients = zip(*levels, strict=True)
    for kpi, value in (
        (f"noise_emergence_{period}", max(emergences)),
        (f"noise_boundary_{period}", max(ambients)),
    ):
        yield TrueKpi(kpi=kpi, window=window.name, on=window.on, value=value)
