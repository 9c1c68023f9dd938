"""What the cross-checks suspect, as a reader sees it: evidence and another reading, no verdict."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspicionFigureView:
    """One number that supports a suspicion."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspicionView:
    """One named suspicion over the legal days ``[since, until)``.

    ``kind`` is one of :class:`models.plausibility.suspicion.SuspicionKind`: its words are
    ``suspicion_<kind>``, and ``otherwise`` is the key of what else could explain it. ``about`` are
    meters or a KPI, labelled where the site names them. ``p_value`` is the chance of as much on
    honest data by this check alone, ``family_p_value`` with all checks of the run counted.
    """

    kind: str
    about: tuple[str, ...]
    label_fr: str
    label_en: str
    since: date
    until: date
    p_value: float
    family_p_value: float
    effect: float
    effect_unit: str
    figures: tuple[SuspicionFigureView, ...]
    otherwise: str
