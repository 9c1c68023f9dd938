"""What an inspector measured at a neighbour's of an invented site, and what was true there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from models.kpi.registry import KPIS
from models.legal_time.calendar_spans import months_after
from simulators.fleet.calendar import noise_windows
from simulators.fleet.roster import InventedSite, Neighbour
from simulators.kpi_truths import AT_NEIGHBOUR, NOISE_TRUTHS
from simulators.plant.plant import Plant
from simulators.plant.randomness import normal
from simulators.plant.truth import NoiseTruth

# A sound meter of class 1, and the place where it stood.
EXPANDED_DB: Final = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One figure of an inspection, in dB(A), beside the true one."""

    kpi: str
    measured_on: date
    value: float
    level_dba: float
    true_value: float


def inspection_day(neighbour: Neighbour, after_last_day: date) -> date:
    """The day of the inspection, for a history that ends before a day."""
    first = months_after(after_last_day, -neighbour.months_before_end)
    return first + timedelta(days=neighbour.day - 1)


def inspected(
    site: InventedSite, neighbour: Neighbour, plant: Plant, on: date
) -> Iterator[Inspected]:
    """The emergences of the night before a day and of the day itself."""
    for window in noise_windows(on):
        there = _beyond(plant.truth_noise(window.start, window.end)[neighbour.point], neighbour)
        for kpi in sorted(AT_NEIGHBOUR):
            if window.name not in KPIS[kpi].windows:
                continue
            true = NOISE_TRUTHS[kpi](there)
            draw = normal(site.seed, f"inspection/{kpi}", np.array([on.toordinal()]))
            error = EXPANDED_DB / 2.0 * float(draw[0])
            ambient = np.nansum([there.ambient_day_dba, there.ambient_night_dba])
            yield Inspected(
                kpi=kpi,
                measured_on=on,
                value=round(true + error, 1),
                level_dba=round(float(ambient) + error, 1),
                true_value=true,
            )


def _beyond(line: NoiseTruth, neighbour: Neighbour) -> NoiseTruth:
    """At the neighbour's the street is as loud as at the line, and the plant is not."""
    day, night = (
        _ambient(ambient, residual, neighbour.loss_db)
        for ambient, residual in (
            (line.ambient_day_dba, line.residual_day_dba),
            (line.ambient_night_dba, line.residual_night_dba),
        )
    )
    return NoiseTruth(
        ambient_day_dba=day,
        residual_day_dba=line.residual_day_dba,
        ambient_night_dba=night,
        residual_night_dba=line.residual_night_dba,
    )


def _ambient(ambient_dba: float, residual_dba: float, loss_db: float) -> float:
    """Energies add up: what is not the street is the plant."""
    street = 10.0 ** (residual_dba / 10.0)
    plant = 10.0 ** (ambient_dba / 10.0) - street
    return float(10.0 * np.log10(street + plant * 10.0 ** (-loss_db / 10.0)))
