"""What a cross-check says: a named suspicion, how strong it is, and what else could explain it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

# Chance that an honest site is suspected of anything at all in one run of all checks.
FAMILY_LEVEL = 0.01


class SuspicionKind(StrEnum):
    """What the figures look like. None of it is proof: each has an innocent reading as well.

    ``HEAT_ABOVE_TAKER``: more heat is claimed than the taker says it received.
    ``HEAT_DRIFTS_FROM_TAKER``: the claim grows away from the taker's figures, month by month.
    ``IT_ABOVE_UPS``: more IT energy than what feeds it can give. ``IT_FOLLOWS_WEATHER``: IT energy
    rises with the heat outside, as cooling does. ``REPEATED_FIGURES``: days or hours that are
    copies. ``TOO_SMOOTH``: scatter that vanished, not so of like meters. ``ROUND_FIGURES``: last
    digits that a counter would not show. ``SILENT_WHEN_HOT``: readings are missing on the hot days.
    ``COVERAGE_NEAR_LIMIT``: readings are missing when a KPI is near or over its limit.
    ``COVERAGE_JUST_ENOUGH``: coverage piles up just above the least that is asked.
    """

    HEAT_ABOVE_TAKER = "heat_above_taker"
    HEAT_DRIFTS_FROM_TAKER = "heat_drifts_from_taker"
    IT_ABOVE_UPS = "it_above_ups"
    IT_FOLLOWS_WEATHER = "it_follows_weather"
    REPEATED_FIGURES = "repeated_figures"
    TOO_SMOOTH = "too_smooth"
    ROUND_FIGURES = "round_figures"
    SILENT_WHEN_HOT = "silent_when_hot"
    COVERAGE_NEAR_LIMIT = "coverage_near_limit"
    COVERAGE_JUST_ENOUGH = "coverage_just_enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number that supports a suspicion, in its unit."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What one check found, over the legal days ``[since, until)``.

    ``about`` are the meters or the KPI it concerns. ``p_value`` is the chance of at least as much
    on honest data by this check alone, 1 when the effect is too small for anybody to gain by;
    ``family_p_value`` the same with all checks of the run counted, None before
    :func:`named`. ``effect`` is how much, in ``effect_unit``.
    """

    kind: SuspicionKind
    about: tuple[str, ...]
    since: date
    until: date
    p_value: float
    effect: float
    effect_unit: str
    figures: tuple[Figure, ...]
    family_p_value: float | None = None

    @property
    def otherwise(self) -> str:
        """Key of the words that say what else could explain it.

        Examples
        --------
        >>> Suspicion(
        ...     kind=SuspicionKind.TOO_SMOOTH, about=("pdu_01",), since=date(2026, 1, 1),
        ...     until=date(2026, 2, 1), p_value=1e-6, effect=0.2, effect_unit="ratio", figures=(),
        ... ).otherwise
        'suspicion_too_smooth_else'
        """
        return f"suspicion_{self.kind.value}_else"


def named(
    tested: Iterable[Suspicion | None], *, level: float = FAMILY_LEVEL
) -> tuple[Suspicion, ...]:
    """What is left to be named once all checks of a run are counted, strongest first.

    Parameters
    ----------
    tested : iterable of Suspicion or None
        What every check of the run returned, remarkable or not; None where nothing could be said.
    level : float
        Largest chance that anything is named when every figure is honest. [-]

    Returns
    -------
    tuple of Suspicion
        With ``family_p_value`` set.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.

    Notes
    -----
    S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979):
    the k-th smallest of m p-values is held against level / (m - k + 1). It needs no independence
    of the checks, which see the same meters.

    Examples
    --------
    Holm's steps for p = 0.01, 0.04, 0.03, 0.005: adjusted 0.03, 0.06, 0.06, 0.02.

    >>> four = [
    ...     Suspicion(
    ...         kind=SuspicionKind.ROUND_FIGURES, about=(str(p),), since=date(2026, 1, 1),
    ...         until=date(2026, 2, 1), p_value=p, effect=0.1, effect_unit="ratio", figures=(),
    ...     )
    ...     for p in (0.01, 0.04, 0.03, 0.005)
    ... ]
    >>> [(one.p_value, one.family_p_value) for one in named([*four, None], level=0.05)]
    [(0.005, 0.02), (0.01, 0.03)]
    """
    if not 0.0 < level < 1.0:
        msg = f"the level must lie between 0 and 1, got {level}: 0.01 is usual"
        raise ValueError(msg)
    every = sorted((one for one in tested if one is not None), key=lambda one: one.p_value)
    kept: list[Suspicion] = []
    adjusted = 0.0
    for place, one in enumerate(every):
        adjusted = max(adjusted, min((len(every) - place) * one.p_value, 1.0))
        if not adjusted <= level:
            break
        kept.append(replace(one, family_p_value=adjusted))
    return tuple(kept)
