"""The truth of the weather: outdoor means of the local days, and cooling degree days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

import numpy as np

from simulators.plant.grid import paris_offset_s

_DAY_S = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()
_BASE_DEGC = 21.0
_THRESHOLD_DEGC = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherTruth:
    """Mean outdoor temperature of every whole day of Paris in the window, and of the window.

    A day's mean is over all of its time, be it 23, 24 or 25 hours: no mean of two extremes.
    ``degc_hours_and_hours`` are the integral of the temperature over the window, and its length.
    """

    days: tuple[date, ...]
    day_means_degc: tuple[float, ...]
    degc_hours_and_hours: tuple[float, float]

    def then(self, later: Self) -> Self:
        """This window and one that starts where it ends, both at midnight, as one."""
        (heat, hours), (more_heat, more_hours) = (
            self.degc_hours_and_hours,
            later.degc_hours_and_hours,
        )
        return type(self)(
            days=self.days + later.days,
            day_means_degc=self.day_means_degc + later.day_means_degc,
            degc_hours_and_hours=(heat + more_heat, hours + more_hours),
        )

    @property
    def outdoor_mean_degc(self) -> float:
        """Mean over the window; NaN for an empty one."""
        degc_hours, hours = self.degc_hours_and_hours
        return degc_hours / hours if hours else float("nan")

    @property
    def cooling_degree_days_k_d(self) -> float:
        """Eurostat's: mean less 21 degC on days whose mean is 24 degC or more, else nothing."""
        return sum((m - _BASE_DEGC for m in self.day_means_degc if m >= _THRESHOLD_DEGC), 0.0)


def local_midnights(start: datetime, end: datetime) -> tuple[datetime, ...]:
    """Every midnight of Paris in ``[start, end]``, in UTC."""
    first = int(start.timestamp()) // _DAY_S
    last = int(end.timestamp()) // _DAY_S + 1
    local_s = np.arange(first, last + 1, dtype=np.int64) * _DAY_S
    # no clock is changed between 22:00 and midnight UTC: an hour off is near enough to ask
    unix_s = local_s - paris_offset_s(local_s - 3600)
    midnights = (datetime.fromtimestamp(s, UTC) for s in unix_s.tolist())
    return tuple(midnight for midnight in midnights if start <= midnight <= end)


def weather_truth(
    midnights: Sequence[datetime], degc_hours: Sequence[float], window: tuple[float, float]
) -> WeatherTruth:
    """From the integral of temperature at each midnight, and that of the window with its hours."""
    means = []
    for n in range(1, len(midnights)):
        hours = (midnights[n] - midnights[n - 1]).total_seconds() / 3600.0
        means.append((degc_hours[n] - degc_hours[n - 1]) / hours)
    return WeatherTruth(
        days=tuple(_local_day(midnight) for midnight in midnights[:-1]),
        day_means_degc=tuple(means),
        degc_hours_and_hours=window,
    )


def _local_day(midnight: datetime) -> date:
    # a midnight of Paris is late in the evening of the day before in UTC
    return date.fromordinal(_FIRST_DAY + int(midnight.timestamp()) // _DAY_S + 1)
