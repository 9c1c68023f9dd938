"""Whether the meters agree with each other, as a reader sees it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """One place where what enters must leave, over the last week.

    ``allowed_high_kwh`` is None where not everything inside is metered: the rest is load.
    """

    id: str
    label_fr: str
    label_en: str
    residual_kwh: float | None
    allowed_low_kwh: float | None
    allowed_high_kwh: float | None
    verdict: str
    coverage_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectView:
    """Meters under suspicion, with the kind of fault that explains what was seen.

    ``size`` is in the fault's own terms, see :class:`models.balance.suspects.Suspect`.
    """

    meters: tuple[str, ...]
    label_fr: str
    label_en: str
    kind: str
    since: datetime
    size: float
    explained_ratio: float
    ambiguous: bool
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciledView:
    """Energy of one meter over the last week: read, and made consistent with all others."""

    meter: str
    raw_kwh: float
    raw_expanded_uncertainty_kwh: float
    reconciled_kwh: float
    reconciled_expanded_uncertainty_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancesView:
    """All nodes, all suspects, and the chi-square test of the whole."""

    nodes: tuple[NodeView, ...] = ()
    suspects: tuple[SuspectView, ...] = ()
    reconciled: tuple[ReconciledView, ...] = ()
    p_value: float | None = None
    gross_error: bool = False
