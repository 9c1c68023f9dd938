"""What is true of an invented site, by KPI, window and day."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import reduce
from math import isfinite
from typing import Any, Final

from models.kpi.definition import DECLARED
from models.kpi.registry import KPIS
from models.legal_time.calendar_spans import Span
from simulators.fleet.calendar import JudgedWindow, metered_windows, noise_windows
from simulators.fleet.inspection import Inspected
from simulators.fleet.roster import InventedSite
from simulators.kpi_truths import NOISE_TRUTHS, WindowTruth, kpi_truths
from simulators.plant.plant import Plant
from simulators.plant.truth_weather import WeatherTruth

# The window of a truth at the neighbour's, over the day or the night of an inspection.
INSPECTION: Final = "inspection"


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


def true_kpis(
    site: InventedSite, plant: Plant, on: date, weather: Sequence[WeatherTruth]
) -> Iterator[TrueKpi]:
    """Every true figure of a month end; a ratio over nothing is left out.

    ``weather`` is that of the twelve months up to it: the plant would go through a year for it.
    """
    for window in metered_windows(on):
        months = weather[-1:] if window.name == Span.MONTH else weather
        true = WindowTruth(
            plant=plant.truth(window.start, window.end),
            weather=reduce(WeatherTruth.then, months),
        )
        yield from _metered(true, window)
    for window in noise_windows(on):
        yield from _noise(plant, window)
    for kpi, declared in site.declared.items():
        yield TrueKpi(kpi=kpi, window=DECLARED, on=on, value=declared.true_value)


def true_at_neighbour(found: Sequence[Inspected]) -> Iterator[TrueKpi]:
    """What was true where and when an inspector measured."""
    for one in found:
        yield TrueKpi(kpi=one.kpi, window=INSPECTION, on=one.measured_on, value=one.true_value)


def _metered(true: WindowTruth, window: JudgedWindow) -> Iterator[TrueKpi]:
    for kpi, value in kpi_truths(true).items():
        if isfinite(value) and window.name in KPIS[kpi].windows:
            yield TrueKpi(kpi=kpi, window=window.name, on=window.on, value=value)


def _noise(plant: Plant, window: JudgedWindow) -> Iterator[TrueKpi]:
    """The highest of all points, over the whole period, windy or not."""
    points = plant.truth_noise(window.start, window.end).values()
    for kpi, level in NOISE_TRUTHS.items():
        if window.name in KPIS[kpi].windows:
            worst = max(level(one) for one in points)
            yield TrueKpi(kpi=kpi, window=window.name, on=window.on, value=worst)
