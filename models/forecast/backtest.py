"""Honest back-test: forecast from days of the past with nothing but what was known then."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.forecast.year_end import DailyHistory, NoForecast, year_end


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One forecast of the past and what came of it.

    ``naive`` is the year's value until then, ``last_year`` that of the year before; None when
    nothing was known.
    """

    origin_day: int
    value: float
    lower: float
    upper: float
    truth: float
    naive: float | None
    last_year: float | None

    @property
    def hit(self) -> bool:
        """Whether the truth lay inside the interval."""
        return self.lower <= self.truth <= self.upper


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """Trials of several origins."""

    trials: tuple[Trial, ...]

    @property
    def hit_ratio(self) -> float:
        """Share of intervals that held the truth; 0.95 is what they claim."""
        return float(np.mean([trial.hit for trial in self.trials])) if self.trials else np.nan

    @property
    def mean_absolute_error(self) -> float:
        """Of the forecasts, in the unit of the KPI."""
        errors = [abs(t.value - t.truth) for t in self.trials]
        return float(np.mean(errors)) if errors else np.nan

    @property
    def skill_ratio(self) -> float:
        """1 less the error over that of the value so far; above 0 is better, NaN without one."""
        return self._skill([t.naive for t in self.trials])

    @property
    def skill_over_last_year_ratio(self) -> float:
        """1 less the error over that of last year's value; above 0 is better, NaN without one."""
        return self._skill([t.last_year for t in self.trials])

    def _skill(self, guesses: Sequence[float | None]) -> float:
        pairs = [(t, g) for t, g in zip(self.trials, guesses, strict=True) if g is not None]
        naive = sum(abs(guess - trial.truth) for trial, guess in pairs)
        error = sum(abs(trial.value - trial.truth) for trial, _ in pairs)
        return 1.0 - error / naive if naive > 0.0 else float("nan")


def back_test(
    history: DailyHistory, year: tuple[int, int], origins: Sequence[int], seed: int
) -> BackTest:
    """Forecast a past year from several of its days.

    Parameters
    ----------
    history : DailyHistory
        Up to the end of the year at least.
    year : tuple of int
        First day of the year and first day after it.
    origins : sequence of int
        Days from which to look ahead; nothing on or after an origin is used.
    seed : int
        Of the forecasts.

    Returns
    -------
    BackTest
        Without the origins from which no forecast was possible.

    Raises
    ------
    ValueError
        If the year is not over in the history, or an origin leaves nothing to learn from.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> day = np.arange(730)
    >>> temp = 12.0 - 8.0 * np.cos(2.0 * np.pi * day / 365.0) + rng.normal(0.0, 2.0, 730)
    >>> it = np.full(730, 6000.0)
    >>> past = DailyHistory(
    ...     day=day, numerator=it * (1.25 + 0.01 * np.maximum(temp - 10.0, 0.0)), denominator=it,
    ...     outdoor_degc=temp,
    ... )
    >>> test = back_test(past, (365, 730), (450, 540, 630), seed=1)
    >>> test.hit_ratio, test.skill_ratio > 0.5
    (1.0, True)
    """
    start, end = year
    if int(history.day[-1]) < end - 1:
        msg = f"the year ends on day {end - 1}, the history on {int(history.day[-1])}"
        raise ValueError(msg)
    if any(origin <= int(history.day[0]) for origin in origins):
        msg = f"the history starts on day {int(history.day[0])}: look ahead from later days"
        raise ValueError(msg)
    truth = _value(history, start, end)
    if truth is None:
        msg = f"no day of days {start} to {end} is known: there is no truth to test against"
        raise ValueError(msg)
    before_it = _value(history, 2 * start - end, start)
    trials = []
    for origin in origins:
        before = history.day < origin
        past = DailyHistory(
            day=history.day[before],
            numerator=history.numerator[before],
            denominator=history.denominator[before],
            outdoor_degc=history.outdoor_degc[before],
            scale=history.scale,
        )
        found = year_end(past, year, seed)
        if not isinstance(found, NoForecast):
            trials.append(
                Trial(
                    origin_day=origin,
                    value=found.value,
                    lower=found.lower,
                    upper=found.upper,
                    truth=truth,
                    naive=found.so_far,
                    last_year=before_it,
                )
            )
    return BackTest(trials=tuple(trials))


def _value(history: DailyHistory, start: int, end: int) -> float | None:
    """Ratio of the sums over the known days from one day to another."""
    known = np.isfinite(history.numerator) & np.isfinite(history.denominator)
    known &= (history.day >= start) & (history.day < end)
    bottom = float(history.denominator[known].sum())
    return history.scale * float(history.numerator[known].sum()) / bottom if bottom > 0.0 else None
