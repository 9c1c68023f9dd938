"""What is known of one breach: everything that its next step depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from charter_rules.findings import NOT_ASKED, Verdict


class BreachState(StrEnum):
    """Where a breach stands.

    ``PENDING``: the verdict is a breach, not yet for long enough. ``OPEN``; ``ACKNOWLEDGED``:
    somebody answers for it. ``JUSTIFIED``: a derogation covers it until a day. ``RESOLVED``.
    ``REOPENED``: it came back soon after.
    """

    PENDING = "pending"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    JUSTIFIED = "justified"
    RESOLVED = "resolved"
    REOPENED = "reopened"


# A breach that stands: it was opened, and not yet resolved.
STANDING = frozenset(
    {BreachState.OPEN, BreachState.ACKNOWLEDGED, BreachState.JUSTIFIED, BreachState.REOPENED}
)


# In the details of the event that began a breach; its instant is that of the notice.
BEGAN_AT: Final = "began_at"


class EventKind(StrEnum):
    """What happened to a breach."""

    BEGAN = "began"
    OPENED = "opened"
    WITHDRAWN = "withdrawn"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    NO_LONGER_ASKED = "no_longer_asked"
    ACKNOWLEDGED = "acknowledged"
    JUSTIFIED = "justified"
    DEROGATION_ENDED = "derogation_ended"
    PLANNED = "planned"
    DEADLINE_MOVED = "deadline_moved"
    DEADLINE_PASSED = "deadline_passed"
    COMMENTED = "commented"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The verdict on one rule at one instant, with the figures it rests on.

    ``window_start`` and ``window_end`` bound the data that were looked at; ``lack`` is what is
    missing when the verdict is that nothing can be said; ``doubtful`` that a meter behind it is in
    doubt. Of one that begins a breach, ``shown_since`` is since when the past shows it, and
    ``preceded_by`` what was before (:mod:`charter_rules.breaches.beginning`).
    """

    rule_id: str
    rule_version: int
    verdict: Verdict
    at: datetime
    doubtful: bool = False
    value: float | None = None
    expanded_uncertainty: float | None = None
    threshold: float | None = None
    margin: float | None = None
    unit: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    lack: str | None = None
    shown_since: datetime | None = None
    preceded_by: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derogation:
    """Why a breach is allowed to stand: its ground in law, its last day, its document."""

    ground: str
    until: date
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One breach of one rule by one site.

    ``began_at`` is since when the past shows it without interruption, ``preceded_by`` the verdict
    before that, None where nobody judged it; ``noticed_at`` is when it was first noticed, from
    which its deadline runs, ``opened_at`` when it had stood for long enough. ``breach_s`` and
    ``clear_s`` are the seconds observed beyond and within the limit since the last change: only
    time with evidence counts. ``breach_since`` and ``clear_since`` are when that evidence began.
    ``worst_margin`` is the lowest margin seen, in ``unit``. The figures and their window are those
    of the last verdict that had any; ``lack`` is what the newest one lacks.
    """

    id: str
    rule_id: str
    rule_version: int
    state: BreachState
    began_at: datetime
    noticed_at: datetime
    last_at: datetime
    last_verdict: Verdict
    preceded_by: Verdict | None = None
    opened_at: datetime | None = None
    resolved_at: datetime | None = None
    breach_s: float = 0.0
    clear_s: float = 0.0
    breach_since: datetime | None = None
    clear_since: datetime | None = None
    value: float | None = None
    expanded_uncertainty: float | None = None
    threshold: float | None = None
    margin: float | None = None
    worst_margin: float | None = None
    unit: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    lack: str | None = None
    deadline: date | None = None
    deadline_passed: bool = False
    plan: str = ""
    derogation: Derogation | None = None
    times_opened: int = 0

    @property
    def stands(self) -> bool:
        """Whether it was opened and is not resolved."""
        return self.state in STANDING

    @property
    def may_be_older(self) -> bool:
        """Whether nothing proves that it had not begun before ``began_at``."""
        return self.preceded_by not in NOT_ASKED | {Verdict.COMPLIANT}


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachEvent:
    """One line of the audit trail: who did what to a breach, when and why."""

    breach_id: str
    kind: EventKind
    at: datetime
    who: str
    why: str
    before: BreachState | None
    after: BreachState
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def began_at(self) -> datetime:
        """Since when the breach was shown, by the event that began it."""
        shown = self.details.get(BEGAN_AT)
        return self.at if shown is None else datetime.fromisoformat(shown).astimezone(UTC)
