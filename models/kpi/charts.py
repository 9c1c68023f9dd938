"""Small series of one KPI: the hours since yesterday, the months of the year, the last nights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from models.kpi.definition import Kpi
from models.kpi.erf import ERF
from models.kpi.measurement import Measurement
from models.kpi.noise_site import NOISE_KPIS
from models.kpi.pue import PUE
from models.kpi.recovered_heat import RECOVERED_HEAT
from models.kpi.result import Withheld
from models.kpi.series import SHOWN, WITHHELD
from models.kpi.wue import WUE
from models.legal_time.calendar_spans import calendar_months
from models.legal_time.nights import nights
from models.readings import Window

_HOUR = timedelta(hours=1)
_HOURS, _MONTHS, _NIGHTS = 24, 12, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """A small series for a chart: half-open buckets, None where not covered."""

    name: str
    unit: str
    step_s: float
    starts: tuple[datetime, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One KPI over consecutive periods up to an instant; ``step`` is about their length."""

    name: str
    kpi: Kpi
    step: timedelta
    windows: Callable[[datetime], Sequence[Window]]


def last_hours(now: datetime) -> list[Window]:
    """The last 24 whole hours."""
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    starts = [end - (_HOURS - n) * _HOUR for n in range(_HOURS)]
    return [Window(name="hour", start=start, end=start + _HOUR) for start in starts]


def last_months(now: datetime) -> list[Window]:
    """The last twelve legal months, the current one up to now."""
    return list(calendar_months(now, _MONTHS))


def last_nights(now: datetime) -> list[Window]:
    """The last fourteen legal nights."""
    return nights(now, _NIGHTS)


CHARTS: Final[Mapping[str, Chart]] = {
    one.name: one
    for one in (
        Chart(name="pue_24h", kpi=PUE, step=_HOUR, windows=last_hours),
        Chart(name="heat_24h", kpi=RECOVERED_HEAT, step=_HOUR, windows=last_hours),
        Chart(name="wue_12months", kpi=WUE, step=timedelta(days=30), windows=last_months),
        Chart(name="erf_12months", kpi=ERF, step=timedelta(days=30), windows=last_months),
        Chart(
            name="noise_night_14",
            kpi=NOISE_KPIS["noise_emergence_night"],
            step=timedelta(days=1),
            windows=last_nights,
        ),
    )
}


def series_of_chart(chart: Chart, measured: Measurement) -> SeriesView | None:
    """One chart from a measurement over its windows.

    Parameters
    ----------
    chart : Chart
        What is shown.
    measured : Measurement
        The site over ``chart.windows(now)``; charts of the same windows share it.

    Returns
    -------
    SeriesView or None
        None where the site cannot have the KPI.
    """
    series = next(iter(chart.kpi.produce(measured)), None)
    if series is None or np.all(series.withheld == WITHHELD.index(Withheld.NO_METER)):
        return None
    shown = series.withheld == SHOWN
    return SeriesView(
        name=chart.name,
        unit=series.unit,
        step_s=chart.step.total_seconds(),
        starts=tuple(one.start for one in measured.windows),
        values=tuple(
            float(value) if known else None
            for value, known in zip(series.value, shown, strict=True)
        ),
    )
