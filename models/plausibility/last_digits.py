"""Last digits of a register: a counter that moves shows all ten alike, a hand prefers some."""

from datetime import date

import numpy as np
import scipy

from models.plausibility.suspicion import Figure, Suspicion, SuspicionKind
from models.readings import FloatArray

_DIGITS = 10
# Steps of the register by which an increment must differ from the one before: then its last digit
# is as good as drawn (a normal spread of 10 is even within 1e-8; more, since hours are alike).
_LEAST_CHANGE = 50.0
_LEAST_READINGS = 300
# A machine that changes between a few fixed powers has digits of its own, without anybody's doing.
_LEAST_KINDS = 10
# Share of readings that would have to show another digit: below it nobody rounded much.
_MATERIAL_RATIO = 0.05


def round_figures(
    meter: str,
    period: tuple[date, date],
    readings: FloatArray,
    resolution: float,
    *,
    unit: str = "kWh",
) -> Suspicion | None:
    """Whether the last digits of a register are those of a counter.

    Parameters
    ----------
    meter : str
        Whose register it is.
    period : tuple of date
        Legal days ``[since, until)`` of the readings.
    readings : float array, shape (n,)
        The register itself, about an hour apart, in time order; NaN is skipped.
    resolution : float
        The step in which the register is said to count, in the same unit.
    unit : str
        Unit of the register.

    Returns
    -------
    Suspicion or None
        None without a resolution, or with fewer than 300 readings whose digit is free: the count
        since the last reading differs from the one before by 50 steps or more, in 10 ways at
        least. A constant load, a few fixed levels or a coarse register have no free digits.
        ``effect`` is the share of readings that would have to show another digit [ratio].

    Notes
    -----
    Pearson's chi-square against equal frequencies, 9 degrees of freedom. A preference that moves
    less than 5 % of the readings gives p = 1.

    Examples
    --------
    Readings in Wh of a load that moves, then the same rounded to the kWh:

    >>> rng = np.random.default_rng(6)
    >>> register = np.cumsum(rng.normal(50.0, 3.0, 2000)).round(3)
    >>> year = (date(2026, 1, 1), date(2026, 4, 1))
    >>> round_figures("pdu", year, register, 0.001).p_value
    1.0
    >>> found = round_figures("pdu", year, register.round(0), 0.001)
    >>> found.p_value < 1e-12, round(found.effect, 3), found.figures[0]
    (True, 0.9, Figure(name='most_frequent_digit', value=0.0, unit=''))
    """
    if not resolution > 0.0:
        return None
    # Halves up: rounding to even would prefer even digits where readings are finer than said.
    steps = np.floor(readings[np.isfinite(readings)] / resolution + 0.5)
    if len(steps) < _LEAST_READINGS:
        return None
    change = np.abs(np.diff(steps, n=2))
    moving = steps[1:-1] != steps[:-2]
    free = np.flatnonzero((change >= _LEAST_CHANGE) & moving) + 2
    if len(free) < _LEAST_READINGS or len(np.unique(change[free - 2])) < _LEAST_KINDS:
        return None
    digit = np.mod(steps[free], _DIGITS).astype(np.int64)
    count = np.bincount(digit, minlength=_DIGITS)
    share = count / len(digit)
    effect = float(np.abs(share - 1.0 / _DIGITS).sum() / 2.0)
    p_value = float(scipy.stats.chisquare(count).pvalue)
    return Suspicion(
        kind=SuspicionKind.ROUND_FIGURES,
        about=(meter,),
        since=period[0],
        until=period[1],
        p_value=p_value if effect >= _MATERIAL_RATIO else 1.0,
        effect=effect,
        effect_unit="ratio",
        figures=(
            Figure(name="most_frequent_digit", value=float(np.argmax(share)), unit=""),
            Figure(name="its_share", value=float(share.max()), unit="ratio"),
            Figure(name="different_digits", value=float((count > 0).sum()), unit="digits"),
            Figure(name="readings", value=float(len(digit)), unit="readings"),
            Figure(name="resolution", value=resolution, unit=unit),
        ),
    )
