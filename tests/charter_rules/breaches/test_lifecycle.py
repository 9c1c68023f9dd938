"""The life of a breach, step by step and as laws."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter_rules.breaches.actions import (
    ActionRefused,
    acknowledge,
    comment,
    justify,
    move_deadline,
    plan,
)
from charter_rules.breaches.lifecycle import LONGEST_STEP, SAME_BREACH, advance
from charter_rules.breaches.state import (
    Breach,
    BreachEvent,
    BreachState,
    Derogation,
    EventKind,
    Observation,
)
from charter_rules.findings import Verdict
from charter_rules.law.rulebook import BreachPolicy

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SLOW = BreachPolicy(opens_after_hours=3.0, closes_after_hours=2.0, remediation_days=60)
AT_ONCE = BreachPolicy(opens_after_hours=0.0, closes_after_hours=0.0, remediation_days=None)
LETTERS = {
    "B": Verdict.BREACH,
    "C": Verdict.COMPLIANT,
    "N": Verdict.COMPLIANT_NOT_PROVEN,
    "S": Verdict.SUSPECTED,
    "?": Verdict.INSUFFICIENT_DATA,
    "-": Verdict.NOT_APPLICABLE,
    "0": Verdict.NOT_IN_FORCE,
}
MARGIN = {Verdict.BREACH: -0.2, Verdict.SUSPECTED: -0.01, Verdict.COMPLIANT: 0.2}


def seen(verdict: Verdict, at: datetime, margin: float | None = None) -> Observation:
    return Observation(
        rule_id="paris_wue",
        rule_version=2,
        verdict=verdict,
        at=at,
        value=0.6,
        threshold=0.4,
        margin=MARGIN.get(verdict) if margin is None else margin,
        unit="L/kWh",
    )


def live(
    letters: str,
    breach: Breach | None = None,
    *,
    policy: BreachPolicy = SLOW,
    start: datetime = START,
) -> tuple[Breach | None, list[BreachEvent]]:
    """One observation an hour, one letter each."""
    events: list[BreachEvent] = []
    for hour, letter in enumerate(letters):
        breach, new = advance(breach, seen(LETTERS[letter], start + hour * HOUR), policy)
        events += new
    return breach, events


def kinds(events: Sequence[BreachEvent]) -> list[str]:
    return [event.kind.value for event in events]


@pytest.mark.parametrize(
    ("letters", "state", "told"),
    [
        ("CCC", None, []),
        ("?S-0", None, []),
        ("B", "pending", ["began"]),
        ("BBB", "pending", ["began"]),
        ("BBBB", "open", ["began", "opened"]),
        # Missing data stops the clock, and does not turn it back.
        ("BB???B", "pending", ["began"]),
        ("BB???BBB", "open", ["began", "opened"]),
        # Suspected holds.
        ("BBSSSBB", "pending", ["began"]),
        ("BBBBSSSSS", "open", ["began", "opened"]),
        ("BBBB?????", "open", ["began", "opened"]),
        ("BBBBCC", "open", ["began", "opened"]),
        ("BBBBCNC", "resolved", ["began", "opened", "resolved"]),
        ("BBBBCC?C", "open", ["began", "opened"]),
        ("BBBBCCSCC", "open", ["began", "opened"]),
        ("BBBBCCBCC", "open", ["began", "opened"]),
        ("BBCCC", "resolved", ["began", "withdrawn"]),
        ("BBBB0", "resolved", ["began", "opened", "no_longer_asked"]),
        ("BBBBCCCBBBB", "reopened", ["began", "opened", "resolved", "reopened"]),
        ("BBBBCCCBBB", "resolved", ["began", "opened", "resolved"]),
        ("BBCCCB", "pending", ["began", "withdrawn", "began"]),
    ],
)
def test_a_breach_lives_by_what_is_observed(
    letters: str, state: str | None, told: list[str]
) -> None:
    breach, events = live(letters)

    assert (None if breach is None else breach.state.value) == state
    assert kinds(events) == told


def test_a_breach_keeps_its_times_and_its_worst_margin() -> None:
    breach, _ = live("BBBB")
    assert breach is not None
    breach, _ = advance(breach, seen(Verdict.BREACH, START + 4 * HOUR, margin=-0.5), SLOW)
    breach, _ = live("CCC", breach, start=START + 5 * HOUR)

    assert breach is not None
    assert breach.began_at == START
    assert breach.opened_at == START + 3 * HOUR
    assert breach.resolved_at == START + 7 * HOUR
    assert breach.worst_margin == -0.5
    assert breach.deadline == date(2026, 12, 31)
    assert breach.times_opened == 1


@pytest.mark.parametrize(("doubtful", "closes"), [(False, True), (True, False)])
def test_a_limit_kept_by_a_meter_in_doubt_closes_nothing(doubtful: bool, closes: bool) -> None:
    breach, _ = live("BBBB")
    for hour in range(4, 40):
        kept = seen(Verdict.COMPLIANT_NOT_PROVEN, START + hour * HOUR)
        breach, _ = advance(breach, replace(kept, doubtful=doubtful), SLOW)

    assert breach is not None
    assert (breach.state is BreachState.RESOLVED) is closes
    assert (breach.clear_s > 0.0) is closes


def test_without_hysteresis_one_verdict_is_enough() -> None:
    breach, events = live("BC", policy=AT_ONCE)

    assert kinds(events) == ["began", "opened", "resolved"]
    assert breach is not None
    assert breach.deadline is None


@pytest.mark.parametrize(
    ("gap", "counted_s"), [(LONGEST_STEP, 3600.0), (LONGEST_STEP + timedelta(seconds=1), 0.0)]
)
def test_a_silence_between_two_observations_counts_for_nothing(
    gap: timedelta, counted_s: float
) -> None:
    breach, _ = advance(None, seen(Verdict.BREACH, START), SLOW)
    breach, _ = advance(breach, seen(Verdict.BREACH, START + gap), SLOW)

    assert breach is not None
    assert breach.breach_s == counted_s


@pytest.mark.parametrize(
    ("before", "verdict", "state"),
    [("", Verdict.BREACH, "pending"), ("BBBB", Verdict.COMPLIANT, "open")],
)
def test_seldom_observations_neither_open_nor_close(
    before: str, verdict: Verdict, state: str
) -> None:
    """A service that runs once a day has seen nothing stand."""
    breach, _ = live(before)
    for day in range(1, 31):
        breach, _ = advance(breach, seen(verdict, START + timedelta(days=day)), SLOW)

    assert breach is not None
    assert breach.state.value == state


def test_a_breach_that_comes_back_late_is_another_one() -> None:
    first, _ = live("BBBBCCC")
    late = START + 6 * HOUR + SAME_BREACH + HOUR

    second, events = live("BBBB", first, start=late)

    assert first is not None
    assert second is not None
    assert second.id != first.id
    assert kinds(events) == ["began", "opened"]


@pytest.mark.parametrize(
    ("begins", "same"), [(-HOUR, True), (timedelta(), True), (timedelta(seconds=1), False)]
)
def test_what_counts_is_when_the_breach_begins_to_come_back(begins: timedelta, same: bool) -> None:
    """Not when it has stood for long enough, which may be beyond the thirty days."""
    first, _ = live("BBBBCCC")
    assert first is not None
    assert first.resolved_at is not None
    back = first.resolved_at + SAME_BREACH + begins

    again, events = live("BBBB", first, start=back)

    assert again is not None
    assert (again.id == first.id) is same
    assert kinds(events) == (["reopened"] if same else ["began", "opened"])
    assert events[-1].details["breach_since"] == back.isoformat()


@pytest.mark.parametrize(
    ("letters", "since"),
    # A value within the limit puts the beginning of the evidence back, missing data do not.
    [("BBBB", 0), ("B??BBBB", 0), ("BSSBBBB", 0), ("BCBBBB", 2), ("B-BBBB", 2)],
)
def test_the_trail_says_since_when_the_breach_has_stood(letters: str, since: int) -> None:
    breach, events = live(letters)

    assert breach is not None
    assert breach.opened_at == START + (len(letters) - 1) * HOUR
    assert events[-1].kind is EventKind.OPENED
    assert events[-1].details["breach_since"] == (START + since * HOUR).isoformat()


def test_the_trail_says_since_when_the_limit_has_been_kept() -> None:
    _, events = live("BBBBCSC?CCC")

    assert events[-1].kind is EventKind.RESOLVED
    assert events[-1].details["clear_since"] == (START + 6 * HOUR).isoformat()


def test_a_rule_that_is_not_asked_for_a_while_begins_again() -> None:
    resolved, _ = live("BBBBCCC")

    breach, events = live("BBB0BBB", resolved, start=START + 10 * HOUR)

    assert breach is not None
    assert (breach.state, events) == (BreachState.RESOLVED, [])


def test_a_breach_names_the_data_it_rests_on_and_what_is_missing_since() -> None:
    year = timedelta(days=365)
    at = START + 4 * HOUR
    measured = replace(seen(Verdict.BREACH, at), window_start=at - year, window_end=at)
    silent = replace(
        seen(Verdict.INSUFFICIENT_DATA, at + HOUR),
        window_start=at,
        window_end=at + HOUR,
        lack="coverage",
    )

    breach, _ = advance(opened(), measured, SLOW)
    breach, _ = advance(breach, silent, SLOW)

    assert breach is not None
    assert (breach.window_start, breach.window_end) == (at - year, at)
    assert (breach.value, breach.lack) == (0.6, "coverage")


def test_the_version_of_the_rule_is_known_without_a_figure() -> None:
    newer = replace(seen(Verdict.BREACH, START + 5 * HOUR), rule_version=3, margin=None)

    breach, _ = advance(opened(), newer, SLOW)

    assert breach is not None
    assert breach.rule_version == 3


def opened() -> Breach:
    breach, _ = live("BBBB")
    assert breach is not None
    return breach


DEROGATION = Derogation(ground="EED 26(6)", until=date(2026, 11, 10), document="letter of 1 Nov")
NOON = START + timedelta(hours=12)


def test_people_acknowledge_plan_justify_and_move_the_deadline() -> None:
    breach, first = acknowledge(opened(), "A. Martin", "seen", NOON)
    breach, second = plan(breach, "replace the fans", "A. Martin", "asked for", NOON)
    breach, third = justify(breach, DEROGATION, "B. Roux", "granted", NOON)
    breach, fourth = move_deadline(breach, date(2027, 3, 1), "B. Roux", "parts are late", NOON)
    breach, fifth = comment(breach, "A. Martin", "fans ordered", NOON)

    assert breach.state is BreachState.JUSTIFIED
    assert (breach.plan, breach.deadline) == ("replace the fans", date(2027, 3, 1))
    assert [e.kind.value for e in (first, second, third, fourth, fifth)] == [
        "acknowledged",
        "planned",
        "justified",
        "deadline_moved",
        "commented",
    ]
    assert third.details["ground"] == "EED 26(6)"
    assert fourth.details["was"] == "2026-12-31"
    assert {first.who, third.who} == {"A. Martin", "B. Roux"}


def test_a_derogation_ends_and_the_breach_stands_again() -> None:
    breach, _ = justify(opened(), DEROGATION, "B. Roux", "granted", NOON)
    # 22:59 UTC on 10 November is 23:59 in Paris.
    last = datetime(2026, 11, 10, 22, 59, tzinfo=UTC)

    breach, before = advance(breach, seen(Verdict.BREACH, last), SLOW)  # type: ignore[assignment]
    breach, after = advance(breach, seen(Verdict.BREACH, last + HOUR / 30), SLOW)  # type: ignore[assignment]

    assert before == ()
    assert kinds(after) == ["derogation_ended"]
    assert after[0].why == "EED 26(6)"
    assert breach.state is BreachState.OPEN


def test_a_deadline_that_passes_is_told_once() -> None:
    after = datetime(2027, 1, 1, 12, tzinfo=UTC)

    breach, first = advance(opened(), seen(Verdict.INSUFFICIENT_DATA, after), SLOW)
    breach, second = advance(breach, seen(Verdict.INSUFFICIENT_DATA, after + HOUR), SLOW)

    assert kinds(first) == ["deadline_passed"]
    assert second == ()
    assert breach is not None
    assert breach.deadline_passed


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda b: acknowledge(b, "", "why", NOON), "who is empty"),
        (lambda b: acknowledge(b, "A", " ", NOON), "why is empty"),
        (lambda b: plan(b, "", "A", "why", NOON), "the plan is empty"),
        (lambda b: move_deadline(b, date(2026, 10, 1), "A", "why", NOON), "is past"),
        (lambda b: justify(b, replace(DEROGATION, ground=""), "A", "why", NOON), "legal ground"),
        (
            lambda b: justify(b, replace(DEROGATION, until=date(2026, 10, 1)), "A", "w", NOON),
            "ended on 2026-10-01",
        ),
        (
            lambda b: acknowledge(replace(b, state=BreachState.RESOLVED), "A", "why", NOON),
            "is resolved and cannot be acknowledged: only one that is open, reopened can",
        ),
    ],
)
def test_an_action_that_makes_no_sense_is_refused_with_its_remedy(act: "object", told: str) -> None:
    assert callable(act)
    with pytest.raises(ActionRefused, match=told):
        act(opened())


histories = st.text(alphabet="BCNS?-0", max_size=40)


@given(letters=histories)
def test_missing_data_never_opens_or_closes(letters: str) -> None:
    """Put into any history at any place, it leaves the same events in the same order."""
    breach, _ = live(letters)
    stands = None if breach is None else breach.state

    after, events = live("?" * 6, breach, start=START + len(letters) * HOUR)

    assert (None if after is None else after.state) == stands
    assert [e for e in events if e.kind is not EventKind.DEADLINE_PASSED] == []


@given(letters=histories)
def test_an_observation_that_is_repeated_or_older_changes_nothing(letters: str) -> None:
    breach, _ = live(letters)
    if breach is None:
        return
    for at in (breach.last_at, breach.last_at - HOUR):
        for verdict in Verdict:
            assert advance(breach, seen(verdict, at), AT_ONCE) == (breach, ())


@given(letters=histories, cut=st.integers(0, 40))
def test_a_restart_at_any_moment_changes_nothing(letters: str, cut: int) -> None:
    first, early = live(letters[:cut])
    second, late = live(letters[cut:], first, start=START + len(letters[:cut]) * HOUR)

    assert (second, early + late) == live(letters)


@given(letters=histories)
def test_the_audit_trail_tells_the_same_state(letters: str) -> None:
    breach, events = live(letters)
    told: BreachState | None = None
    for event in events:
        assert event.before is None or event.before is told
        told = event.after

    assert told == (None if breach is None else breach.state)


@given(letters=histories)
def test_a_breach_opens_only_by_a_breach_and_closes_only_by_its_end(letters: str) -> None:
    _, events = live(letters)

    for event in events:
        if event.kind in {EventKind.BEGAN, EventKind.OPENED, EventKind.REOPENED}:
            assert event.why == "breach"
        if event.kind in {EventKind.RESOLVED, EventKind.WITHDRAWN}:
            assert event.why in {"compliant", "compliant_not_proven"}
