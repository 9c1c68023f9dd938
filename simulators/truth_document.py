"""The truth of a window as the flat JSON object ``python -m simulators truth`` prints."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from simulators.kpi_truths import WindowTruth, kpi_truths
from simulators.plant import Plant


def truth_document(plant: Plant, start: datetime, end: datetime) -> dict[str, Any]:
    """Every number of the truth by its name, null where there is none; the KPIs by their id."""
    truth = plant.truth(start, end)
    weather = plant.truth_weather(start, end)
    numbers = dict(_numbers(truth))
    for part in (truth.cooling, truth.heat, truth.exchanger, weather):
        numbers |= dict(_numbers(part))
    means = zip(weather.days, weather.day_means_degc, strict=True)
    return {
        "start": start.isoformat(),
        "end": end.isoformat(),
        **_known(numbers),
        "kpis": _known(kpi_truths(WindowTruth(plant=truth, weather=weather))),
        "day_means_degc": {day.isoformat(): mean for day, mean in means},
    }


def _known(numbers: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}


def _numbers(part: Any) -> Iterator[tuple[str, float]]:  # any dataclass of the truth
    """Fields and properties that are numbers."""
    names = [field.name for field in dataclasses.fields(part)]
    names += [name for name, kind in vars(type(part)).items() if isinstance(kind, property)]
    for name in names:
        value = getattr(part, name)
        if isinstance(value, float):
            yield name, value
