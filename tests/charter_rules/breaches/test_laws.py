"""Laws over years: any steps of time, any verdicts, and people who act in between."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from charter_rules.breaches import actions
from charter_rules.breaches.actions import ActionRefused, Done
from charter_rules.breaches.lifecycle import SAME_BREACH, advance
from charter_rules.breaches.state import (
    STANDING,
    Breach,
    BreachEvent,
    BreachState,
    Derogation,
    EventKind,
    Observation,
)
from charter_rules.findings import MISSED, Verdict
from charter_rules.law.rulebook import BreachPolicy
from models.legal_time.days import legal_day

START = datetime(2026, 1, 1, tzinfo=UTC)
WHO = "A. Martin"
OPENING = {EventKind.OPENED, EventKind.REOPENED}
KEPT = {
    Verdict.COMPLIANT,
    Verdict.COMPLIANT_NOT_PROVEN,
    Verdict.DECLARED_UNCHECKED,
    Verdict.LATE,
}
SILENT = {
    Verdict.SUSPECTED,
    Verdict.INSUFFICIENT_DATA,
    Verdict.NOT_FIXED,
    Verdict.NOT_HANDED_IN,
}


@dataclass(slots=True)
class Store:
    """What the real store does: one row per breach, the newest one goes on."""

    policy: BreachPolicy
    rows: dict[str, Breach] = field(default_factory=dict)
    trail: list[BreachEvent] = field(default_factory=list)

    @property
    def newest(self) -> Breach | None:
        return max(self.rows.values(), key=lambda one: (one.began_at, one.id), default=None)

    def observe(self, verdict: Verdict, at: datetime) -> tuple[BreachEvent, ...]:
        seen = Observation(rule_id="r", rule_version=1, verdict=verdict, at=at)
        breach, events = advance(self.newest, seen, self.policy)
        if breach is not None:
            self.rows[breach.id] = breach
        self.trail += events
        return events

    def act(self, name: str, at: datetime) -> None:
        breach = self.newest
        if breach is None:
            return
        try:
            moved, event = _acted(name, breach, at)
        except ActionRefused:
            return
        self.rows[breach.id] = moved
        self.trail.append(event)


def _acted(name: str, breach: Breach, at: datetime) -> Done:
    if name == "justify":
        until = legal_day(at) + timedelta(days=5)
        given = Derogation(ground="L.236-2", until=until, document="letter")
        return actions.justify(breach, given, WHO, "granted", at)
    if name == "deadline":
        return actions.move_deadline(breach, legal_day(at) + timedelta(days=3), WHO, "late", at)
    if name == "ack":
        return actions.acknowledge(breach, WHO, "seen", at)
    return actions.comment(breach, WHO, "noted", at)


policies = st.builds(
    BreachPolicy,
    opens_after_hours=st.sampled_from([0.0, 1.0, 3.0]),
    closes_after_hours=st.sampled_from([0.0, 1.0, 3.0]),
    remediation_days=st.sampled_from([None, 0, 2, 60]),
)
# Minutes up to an hour are evidence; days are silence; some go past the thirty days.
gaps = st.one_of(
    st.integers(1, 60).map(lambda n: timedelta(minutes=n)),
    st.sampled_from([timedelta(days=1), SAME_BREACH, timedelta(days=45)]),
)
# Runs of one verdict, for most breaches never open under a verdict that changes each time.
runs = st.tuples(
    st.one_of(st.sampled_from(Verdict), st.sampled_from(["ack", "justify", "deadline", "note"])),
    gaps,
    st.integers(1, 5),
)
histories = st.lists(runs, max_size=25)
Runs = list[tuple[Verdict | str, timedelta, int]]


def steps(history: Runs) -> list[tuple[Verdict | str, datetime]]:
    now, found = START, []
    for what, gap, times in history:
        for _ in range(times):
            now += gap
            found.append((what, now))
    return found


def lived(policy: BreachPolicy, history: list[tuple[Verdict | str, datetime]]) -> Store:
    store = Store(policy)
    for what, at in history:
        if isinstance(what, Verdict):
            store.observe(what, at)
        else:
            store.act(what, at)
    return store


@given(policy=policies, history=histories)
def test_a_rule_has_at_most_one_breach_that_is_not_over(
    policy: BreachPolicy, history: Runs
) -> None:
    store = Store(policy)
    for what, at in steps(history):
        if isinstance(what, Verdict):
            store.observe(what, at)
        else:
            store.act(what, at)
        unresolved = [b for b in store.rows.values() if b.state is not BreachState.RESOLVED]
        assert len(unresolved) <= 1
        assert unresolved in ([], [store.newest])


@given(policy=policies, history=histories)
def test_the_trail_replays_to_the_state_of_every_breach(
    policy: BreachPolicy, history: Runs
) -> None:
    store = lived(policy, steps(history))
    told: dict[str, BreachState] = {}
    opened: dict[str, int] = {}
    for event in store.trail:
        assert event.before is told.get(event.breach_id)
        assert event.who.strip()
        assert event.why.strip()
        told[event.breach_id] = event.after
        opened[event.breach_id] = opened.get(event.breach_id, 0) + (event.kind in OPENING)

    assert told == {name: breach.state for name, breach in store.rows.items()}
    assert opened == {name: breach.times_opened for name, breach in store.rows.items()}
    assert [event.at for event in store.trail] == sorted(event.at for event in store.trail)


@given(policy=policies, history=histories)
def test_each_verdict_brings_only_what_it_may(policy: BreachPolicy, history: Runs) -> None:
    """Missing data and a suspicion bring nothing but what the calendar brings."""
    store = Store(policy)
    calendar = {EventKind.DEROGATION_ENDED, EventKind.DEADLINE_PASSED}
    for what, at in steps(history):
        if not isinstance(what, Verdict):
            store.act(what, at)
            continue
        allowed = set(calendar)
        if what in MISSED:
            allowed |= {EventKind.BEGAN, *OPENING}
        elif what in KEPT:
            allowed |= {EventKind.RESOLVED, EventKind.WITHDRAWN}
        elif what in {Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE}:
            allowed |= {EventKind.NO_LONGER_ASKED}
        assert {event.kind for event in store.observe(what, at)} <= allowed


@given(policy=policies, history=histories)
def test_saying_everything_twice_or_late_changes_nothing(
    policy: BreachPolicy, history: Runs
) -> None:
    once, twice = Store(policy), Store(policy)
    for what, at in steps(history):
        if not isinstance(what, Verdict):
            once.act(what, at)
            twice.act(what, at)
            continue
        once.observe(what, at)
        twice.observe(what, at)
        if twice.newest is not None and twice.newest.last_at == at:
            for other in Verdict:
                twice.observe(other, at)
                twice.observe(other, at - timedelta(minutes=5))

    assert (once.rows, once.trail) == (twice.rows, twice.trail)


@given(policy=policies, history=histories, place=st.integers(0, 60), missing=st.integers(1, 20))
def test_missing_data_counts_toward_neither_clock(
    policy: BreachPolicy, history: Runs, place: int, missing: int
) -> None:
    """Wherever it is put, it leaves both clocks and what is known of the breach."""
    whole = steps(history)
    store = lived(policy, whole[:place])
    before = store.newest
    at = whole[:place][-1][1] if whole[:place] else START
    for minute in range(1, missing + 1):
        store.observe(Verdict.INSUFFICIENT_DATA, at + timedelta(minutes=minute))
    after = store.newest

    if before is None:
        assert after is None
        return
    assert after is not None
    clocks = ("breach_s", "clear_s", "breach_since", "clear_since", "opened_at", "resolved_at")
    assert [getattr(after, n) for n in clocks] == [getattr(before, n) for n in clocks]


@given(policy=policies, history=histories)
def test_a_breach_opens_only_after_as_much_evidence_as_its_rule_asks(
    policy: BreachPolicy, history: Runs
) -> None:
    """Counted again here from the bare observations, without the clocks of the breach."""
    store = Store(policy)
    evidence, last = timedelta(), (Verdict.COMPLIANT, START)
    for what, at in steps(history):
        if not isinstance(what, Verdict):
            store.act(what, at)
            continue
        if what not in {*MISSED, *SILENT}:
            evidence = timedelta()
        gap = at - last[1]
        if {what, last[0]} <= MISSED and gap <= timedelta(hours=1):
            evidence += gap
        last = (what, at)
        for event in store.observe(what, at):
            if event.kind in OPENING:
                assert evidence >= timedelta(hours=policy.opens_after_hours)


@given(policy=policies, history=histories)
def test_a_deadline_is_told_once_and_only_of_what_stands(
    policy: BreachPolicy, history: Runs
) -> None:
    told = False
    for event in lived(policy, steps(history)).trail:
        if event.kind in {*OPENING, EventKind.DEADLINE_MOVED, EventKind.BEGAN}:
            told = False
        if event.kind is EventKind.DEADLINE_PASSED:
            assert not told
            assert event.after in STANDING
            told = True
