"""The faults that the engine can tell apart, and the suspect that it names."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What is wrong with a meter, or with what is known of it."""

    MISSING = "missing"
    DEAD = "dead"
    REPEATED = "repeated"
    DOUBLED = "doubled"
    SWAPPED = "swapped"
    REVERSED_CT = "reversed_ct"
    WRONG_SCALE = "wrong_scale"
    GLYCOL = "glycol"
    DRIFTING = "drifting"
    CLOCK_SHIFT = "clock_shift"
    UPS_FED_LOAD = "ups_fed_load"
    UNMETERED_LOAD = "unmetered_load"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One meter and the fault that explains what was seen.

    ``meters`` are two for SWAPPED, and the node's parent for a load without meter. ``since_step``
    is the first step the fault shows, ``until_step`` the first after it, None while it lasts.
    ``size`` is in the fault's own terms: the factor that corrects a scale, the relative error at
    the end of a drift, hours of a clock shift, kW of a load without meter, the silent share of a
    missing meter, steps for which a meter stands still or repeats itself. ``explained_ratio`` is
    the share of all imbalance that the hypothesis removes; those of several faults add up.
    ``ambiguous`` says that the suspects named together are other explanations of the same.
    """

    meters: tuple[str, ...]
    kind: FaultKind
    since_step: int
    size: float
    explained_ratio: float
    nodes: tuple[str, ...] = ()
    ambiguous: bool = False
    until_step: int | None = None
