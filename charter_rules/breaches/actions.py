"""What people do to a breach. Each needs who and why: both stay in the audit trail for good."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from charter_rules.breaches.state import (
    STANDING,
    Breach,
    BreachEvent,
    BreachState,
    Derogation,
    EventKind,
)
from models.legal_time.days import legal_day

Done = tuple[Breach, BreachEvent]


class ActionRefused(Exception):
    """The breach is in no state for this, or something the action needs is missing."""


def acknowledge(breach: Breach, who: str, why: str, at: datetime) -> Done:
    """Somebody answers for the breach."""
    _require(breach, {BreachState.OPEN, BreachState.REOPENED}, "be acknowledged")
    return _done(breach, EventKind.ACKNOWLEDGED, BreachState.ACKNOWLEDGED, who, why, at)


def justify(breach: Breach, derogation: Derogation, who: str, why: str, at: datetime) -> Done:
    """A derogation covers the breach until its last day."""
    _require(breach, STANDING, "be justified")
    _say("the legal ground", derogation.ground)
    _say("the document", derogation.document)
    if derogation.until < legal_day(at):
        msg = f"the derogation ended on {derogation.until}: give its last day, today or later"
        raise ActionRefused(msg)
    details = {
        "ground": derogation.ground,
        "until": derogation.until.isoformat(),
        "document": derogation.document,
    }
    moved = replace(breach, derogation=derogation)
    return _done(moved, EventKind.JUSTIFIED, BreachState.JUSTIFIED, who, why, at, details)


def plan(breach: Breach, text: str, who: str, why: str, at: datetime) -> Done:
    """The remediation plan is filed."""
    _require(breach, STANDING, "have a plan")
    _say("the plan", text)
    moved = replace(breach, plan=text)
    return _done(moved, EventKind.PLANNED, breach.state, who, why, at, {"plan": text})


def move_deadline(breach: Breach, deadline: date, who: str, why: str, at: datetime) -> Done:
    """The remedy gets another last day."""
    _require(breach, STANDING, "have a deadline")
    if deadline < legal_day(at):
        msg = f"{deadline} is past: give a deadline of today or later"
        raise ActionRefused(msg)
    moved = replace(breach, deadline=deadline, deadline_passed=False)
    was = "" if breach.deadline is None else breach.deadline.isoformat()
    details = {"deadline": deadline.isoformat(), "was": was}
    return _done(moved, EventKind.DEADLINE_MOVED, breach.state, who, why, at, details)


def comment(breach: Breach, who: str, why: str, at: datetime) -> Done:
    """Something is noted; nothing changes."""
    return _done(breach, EventKind.COMMENTED, breach.state, who, why, at)


def _require(breach: Breach, states: frozenset[BreachState] | set[BreachState], what: str) -> None:
    if breach.state not in states:
        allowed = ", ".join(sorted(state.value for state in states))
        msg = (
            f"breach {breach.id} is {breach.state.value} and cannot {what}: "
            f"only one that is {allowed} can"
        )
        raise ActionRefused(msg)


def _say(name: str, text: str) -> None:
    if not text.strip():
        msg = f"{name} is empty: it stays in the audit trail, write it"
        raise ActionRefused(msg)


def _done(
    breach: Breach,
    kind: EventKind,
    after: BreachState,
    who: str,
    why: str,
    at: datetime,
    details: Mapping[str, str] | None = None,
) -> Done:
    _say("who", who)
    _say("why", why)
    event = BreachEvent(
        breach_id=breach.id,
        kind=kind,
        at=at,
        who=who,
        why=why,
        before=breach.state,
        after=after,
        details=dict(details or {}),
    )
    return replace(breach, state=after), event
