"""From one observation to the next: when a breach begins, opens, holds and ends.

Missing data neither opens nor closes a breach: it stops both clocks. A value that is beyond the
limit by less than the guard band (suspected) opens nothing and closes nothing, nor does one that
rests on a meter in doubt.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from charter_rules.breaches.state import (
    BEGAN_AT,
    Breach,
    BreachEvent,
    BreachState,
    EventKind,
    Observation,
)
from charter_rules.findings import MISSED, NOT_ASKED, Verdict
from charter_rules.law.rulebook import BreachPolicy
from models.legal_time.days import legal_day

# A breach that comes back within this time is the same one: a remedy that holds for less than a
# month did not work. No text gives the figure.
SAME_BREACH: Final = timedelta(days=30)
# Between two observations further apart than this, nobody knows what held: none of it counts.
LONGEST_STEP: Final = timedelta(hours=1)
AUTHOR: Final = "boucle"

_KEPT = frozenset(
    {
        Verdict.COMPLIANT,
        Verdict.COMPLIANT_NOT_PROVEN,
        Verdict.DECLARED_UNCHECKED,
        Verdict.LATE,
    }
)

Step = tuple[Breach | None, tuple[BreachEvent, ...]]


def advance(breach: Breach | None, seen: Observation, policy: BreachPolicy) -> Step:
    """The newest breach of a rule after an observation, and what happened to it.

    Parameters
    ----------
    breach : Breach, optional
        The newest breach of this rule and site, whatever its state; None if there never was one.
    seen : Observation
        What is judged now. One that is not later than the last is ignored.
    policy : BreachPolicy
        How long a verdict must stand before a breach opens or closes.

    Returns
    -------
    tuple of (Breach or None, tuple of BreachEvent)
        The same object when nothing changed.
    """
    if breach is not None and seen.at <= breach.last_at:
        return breach, ()
    if begins(breach, seen):
        return _begun(seen, policy)
    if breach is None or _is_over(breach, seen):
        return breach, ()
    breach, events = _of_the_calendar(breach, seen.at)
    moved, more = _moved(_timed(breach, seen), seen, policy)
    return moved, (*events, *more)


def begins(breach: Breach | None, seen: Observation) -> bool:
    """Whether an observation begins a breach, which is another one than the newest."""
    is_other = breach is None or (seen.at > breach.last_at and _is_over(breach, seen))
    return is_other and seen.verdict in MISSED


def _is_over(breach: Breach, seen: Observation) -> bool:
    """Whether a new breach would be another one."""
    if breach.state is not BreachState.RESOLVED:
        return False
    if breach.opened_at is None:
        return True
    if breach.breach_since is not None:
        # It is on its way back, and what counts is when that began.
        return False
    return seen.at - (breach.resolved_at or breach.last_at) > SAME_BREACH


def _begun(seen: Observation, policy: BreachPolicy) -> Step:
    began_at = min(seen.shown_since or seen.at, seen.at)
    breach = Breach(
        id=f"{seen.rule_id}-{seen.at:%Y%m%dT%H%M%S}",
        rule_id=seen.rule_id,
        rule_version=seen.rule_version,
        state=BreachState.PENDING,
        began_at=began_at,
        noticed_at=seen.at,
        preceded_by=seen.preceded_by,
        last_at=seen.at,
        last_verdict=seen.verdict,
        breach_since=seen.at,
        value=seen.value,
        expanded_uncertainty=seen.expanded_uncertainty,
        threshold=seen.threshold,
        margin=seen.margin,
        worst_margin=seen.margin,
        unit=seen.unit,
        window_start=seen.window_start,
        window_end=seen.window_end,
    )
    began = _event(breach, EventKind.BEGAN, seen.at, None, BreachState.PENDING)
    shown = {BEGAN_AT: began_at.isoformat()}
    if seen.preceded_by is not None:
        shown["preceded_by"] = seen.preceded_by.value
    began = replace(began, details={**began.details, **shown})
    moved, more = _moved(breach, seen, policy)
    return moved, (began, *more)


def _timed(breach: Breach, seen: Observation) -> Breach:
    """Bring the clocks and the figures up to an observation."""
    timed = replace(
        _clocked(breach, seen),
        last_at=seen.at,
        last_verdict=seen.verdict,
        rule_version=seen.rule_version,
        lack=seen.lack,
    )
    if seen.margin is None:
        return timed
    worst = seen.margin if breach.worst_margin is None else min(breach.worst_margin, seen.margin)
    return replace(
        timed,
        value=seen.value,
        expanded_uncertainty=seen.expanded_uncertainty,
        threshold=seen.threshold,
        margin=seen.margin,
        worst_margin=worst,
        unit=seen.unit,
        window_start=seen.window_start,
        window_end=seen.window_end,
    )


def _clocked(breach: Breach, seen: Observation) -> Breach:
    """Bring the clocks up to an observation. Missing and doubtful data leave them as they are."""
    gap = seen.at - breach.last_at
    step = gap.total_seconds() if gap <= LONGEST_STEP else 0.0
    was, now = breach.last_verdict, seen.verdict
    if now in MISSED:
        return replace(
            breach,
            breach_s=breach.breach_s + (step if was in MISSED else 0.0),
            breach_since=breach.breach_since or seen.at,
            clear_s=0.0,
            clear_since=None,
        )
    if now in _KEPT and seen.doubtful:
        return breach
    if now in _KEPT:
        return replace(
            breach,
            breach_s=0.0,
            breach_since=None,
            clear_s=breach.clear_s + (step if was in _KEPT else 0.0),
            clear_since=breach.clear_since or seen.at,
        )
    if now is Verdict.SUSPECTED:
        return replace(breach, clear_s=0.0, clear_since=None)
    if now in NOT_ASKED:
        return replace(breach, breach_s=0.0, breach_since=None, clear_s=0.0, clear_since=None)
    return breach


def _moved(breach: Breach, seen: Observation, policy: BreachPolicy) -> Step:
    """Change the state if the verdict has stood for long enough."""
    if breach.state is BreachState.RESOLVED:
        return _reopened(breach, seen, policy)
    if seen.verdict in NOT_ASKED:
        return _ended(breach, EventKind.NO_LONGER_ASKED, seen)
    if seen.verdict in _KEPT and breach.clear_s >= policy.closes_after_hours * 3600.0:
        opened = breach.opened_at is not None
        return _ended(breach, EventKind.RESOLVED if opened else EventKind.WITHDRAWN, seen)
    if breach.state is BreachState.PENDING and _has_stood(breach, seen, policy):
        return _opened(breach, BreachState.OPEN, EventKind.OPENED, seen.at, policy)
    return breach, ()


def _reopened(breach: Breach, seen: Observation, policy: BreachPolicy) -> Step:
    if not _has_stood(breach, seen, policy):
        return breach, ()
    return _opened(breach, BreachState.REOPENED, EventKind.REOPENED, seen.at, policy)


def _has_stood(breach: Breach, seen: Observation, policy: BreachPolicy) -> bool:
    long_enough = breach.breach_s >= policy.opens_after_hours * 3600.0
    return seen.verdict in MISSED and long_enough


def _opened(
    breach: Breach, state: BreachState, kind: EventKind, at: datetime, policy: BreachPolicy
) -> Step:
    days = policy.remediation_days
    # One that came back is noticed anew.
    noticed = breach.noticed_at if breach.opened_at is None else breach.breach_since or at
    opened = replace(
        breach,
        state=state,
        opened_at=breach.opened_at or at,
        resolved_at=None,
        deadline=None if days is None else legal_day(noticed) + timedelta(days=days),
        deadline_passed=False,
        derogation=None,
        times_opened=breach.times_opened + 1,
    )
    return opened, (_event(breach, kind, at, breach.state, state),)


def _ended(breach: Breach, kind: EventKind, seen: Observation) -> Step:
    ended = replace(breach, state=BreachState.RESOLVED, resolved_at=seen.at)
    event = _event(breach, kind, seen.at, breach.state, BreachState.RESOLVED)
    return ended, (replace(event, why=seen.verdict.value),)


def _of_the_calendar(breach: Breach, at: datetime) -> tuple[Breach, tuple[BreachEvent, ...]]:
    """What a date brings by itself: a derogation ends, a deadline passes."""
    events: list[BreachEvent] = []
    given = breach.derogation
    if breach.state is BreachState.JUSTIFIED and given is not None:
        if legal_day(at) <= given.until:
            return breach, ()
        event = _event(breach, EventKind.DEROGATION_ENDED, at, breach.state, BreachState.OPEN)
        events.append(replace(event, why=given.ground))
        breach = replace(breach, state=BreachState.OPEN)
    late = breach.deadline is not None and legal_day(at) > breach.deadline
    if breach.stands and late and not breach.deadline_passed:
        events.append(_event(breach, EventKind.DEADLINE_PASSED, at, breach.state, breach.state))
        breach = replace(breach, deadline_passed=True)
    return breach, tuple(events)


def _event(
    breach: Breach,
    kind: EventKind,
    at: datetime,
    before: BreachState | None,
    after: BreachState,
) -> BreachEvent:
    figures = {
        "value": breach.value,
        "expanded_uncertainty": breach.expanded_uncertainty,
        "threshold": breach.threshold,
        "margin": breach.margin,
    }
    details = {name: repr(figure) for name, figure in figures.items() if figure is not None}
    times = {
        "window_start": breach.window_start,
        "window_end": breach.window_end,
        "breach_since": breach.breach_since,
        "clear_since": breach.clear_since,
    }
    details |= {name: time.isoformat() for name, time in times.items() if time is not None}
    return BreachEvent(
        breach_id=breach.id,
        kind=kind,
        at=at,
        who=AUTHOR,
        why=breach.last_verdict.value,
        before=before,
        after=after,
        details=details | {"rule_version": str(breach.rule_version), "unit": breach.unit},
    )
