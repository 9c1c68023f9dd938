"""Forecasts from days of the past with nothing but what was known then, beside what came."""

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


def hit_ratio(trials: Sequence[Trial]) -> float:
    """Share of intervals that held the truth; 0.95 is what they claim."""
    return float(np.mean([one.lower <= one.truth <= one.upper for one in trials]))


def skill_ratio(trials: Sequence[Trial]) -> float:
    """1 less the error over that of the value so far; above 0 is better."""
    return _skill(trials, [one.naive for one in trials])


def skill_over_last_year_ratio(trials: Sequence[Trial]) -> float:
    """1 less the error over that of last year's value; above 0 is better."""
    return _skill(trials, [one.last_year for one in trials])


def _skill(trials: Sequence[Trial], guesses: Sequence[float | None]) -> float:
    pairs = [(t, g) for t, g in zip(trials, guesses, strict=True) if g is not None]
    naive = sum(abs(guess - trial.truth) for trial, guess in pairs)
    return 1.0 - sum(abs(trial.value - trial.truth) for trial, _ in pairs) / naive


def back_test(
    history: DailyHistory, year: tuple[int, int], origins: Sequence[int], seed: int
) -> tuple[Trial, ...]:
    """Forecast a past year from several of its days, using nothing of an origin or later."""
    start, end = year
    truth = _value(history, start, end)
    assert truth is not None
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
                    last_year=_value(history, 2 * start - end, start),
                )
            )
    return tuple(trials)


def _value(history: DailyHistory, start: int, end: int) -> float | None:
    """Ratio of the sums over the known days from one day to another."""
    known = np.isfinite(history.numerator) & np.isfinite(history.denominator)
    known &= (history.day >= start) & (history.day < end)
    bottom = float(history.denominator[known].sum())
    return history.scale * float(history.numerator[known].sum()) / bottom if bottom > 0.0 else None
