"""The figures, the clocks and the days of a breach, to the digit."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from charter_rules.breaches.actions import ActionRefused, justify, move_deadline
from charter_rules.breaches.lifecycle import SAME_BREACH, advance
from charter_rules.breaches.state import Breach, BreachState, Derogation, EventKind, Observation
from charter_rules.findings import Verdict
from charter_rules.law.rulebook import BreachPolicy

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
POLICY = BreachPolicy(opens_after_hours=1.0, closes_after_hours=1.0, remediation_days=60)
DUE = date(2026, 12, 31)


def seen(verdict: Verdict, at: datetime) -> Observation:
    return Observation(rule_id="paris_wue", rule_version=2, verdict=verdict, at=at)


def after(breach: Breach | None, *observed: tuple[Verdict, datetime]) -> Breach:
    for verdict, at in observed:
        breach, _ = advance(breach, seen(verdict, at), POLICY)
    assert breach is not None
    return breach


def opened() -> Breach:
    return after(None, (Verdict.BREACH, START), (Verdict.BREACH, START + HOUR))


def resolved() -> Breach:
    return after(
        opened(), (Verdict.COMPLIANT, START + 2 * HOUR), (Verdict.COMPLIANT, START + 3 * HOUR)
    )


def measured(verdict: Verdict, at: datetime, value: float) -> Observation:
    return replace(
        seen(verdict, at),
        rule_version=int(value * 10),
        value=value,
        expanded_uncertainty=value / 100,
        threshold=value - 0.2,
        margin=-value / 10,
        unit=f"L/kWh {value}",
        window_start=at - HOUR,
        window_end=at,
    )


FIGURES = (
    "rule_version",
    "value",
    "expanded_uncertainty",
    "threshold",
    "margin",
    "unit",
    "window_start",
    "window_end",
)


def test_thirty_days_make_it_another_breach() -> None:
    assert timedelta(days=30) == SAME_BREACH


def test_a_breach_takes_every_figure_of_what_is_observed() -> None:
    first = measured(Verdict.BREACH, START, 0.6)
    second = measured(Verdict.BREACH, START + MINUTE, 0.5)

    breach, (began,) = advance(None, first, POLICY)
    assert breach is not None
    assert [getattr(breach, n) for n in FIGURES] == [getattr(first, n) for n in FIGURES]
    assert (breach.rule_id, breach.worst_margin) == ("paris_wue", -0.06)
    breach, _ = advance(breach, second, POLICY)

    assert breach is not None
    assert [getattr(breach, n) for n in FIGURES] == [getattr(second, n) for n in FIGURES]
    assert breach.worst_margin == -0.06
    assert began.details == {
        "value": "0.6",
        "expanded_uncertainty": "0.006",
        "threshold": "0.39999999999999997",
        "margin": "-0.06",
        "unit": "L/kWh 0.6",
        "rule_version": "6",
        "window_start": (START - HOUR).isoformat(),
        "window_end": START.isoformat(),
        "breach_since": START.isoformat(),
        "began_at": START.isoformat(),
    }


def test_it_opens_and_closes_on_the_minute() -> None:
    breach = after(None, *((Verdict.BREACH, START + n * MINUTE) for n in range(60)))
    assert breach.state is BreachState.PENDING
    breach = after(breach, (Verdict.BREACH, START + HOUR))
    assert breach.state is BreachState.OPEN

    kept = START + 2 * HOUR
    breach = after(breach, *((Verdict.COMPLIANT, kept + n * MINUTE) for n in range(60)))
    assert breach.state is BreachState.OPEN
    breach = after(breach, (Verdict.COMPLIANT, kept + HOUR))
    assert (breach.state, breach.resolved_at) == (BreachState.RESOLVED, kept + HOUR)


@pytest.mark.parametrize("between", [Verdict.SUSPECTED, Verdict.INSUFFICIENT_DATA])
def test_only_time_with_the_same_verdict_at_both_ends_counts(between: Verdict) -> None:
    pending = after(
        None,
        (Verdict.BREACH, START),
        (Verdict.BREACH, START + 10 * MINUTE),
        (between, START + 20 * MINUTE),
        (Verdict.BREACH, START + 30 * MINUTE),
    )
    assert (pending.breach_s, pending.clear_s) == (600.0, 0.0)

    kept = after(
        opened(),
        (Verdict.COMPLIANT, START + 61 * MINUTE),
        (Verdict.COMPLIANT_NOT_PROVEN, START + 71 * MINUTE),
        (between, START + 81 * MINUTE),
        (Verdict.COMPLIANT, START + 91 * MINUTE),
    )
    # A suspicion puts the clock back to the start, missing data do not.
    assert kept.clear_s == (0.0 if between is Verdict.SUSPECTED else 600.0)
    assert kept.breach_s == 0.0


def test_a_return_that_does_not_last_starts_from_nothing_the_next_time() -> None:
    at = START + 10 * HOUR
    back = after(
        resolved(),
        (Verdict.BREACH, at),
        (Verdict.BREACH, at + 50 * MINUTE),
        (Verdict.COMPLIANT, at + HOUR),
        (Verdict.BREACH, at + 61 * MINUTE),
        (Verdict.BREACH, at + 111 * MINUTE),
    )

    assert (back.state, back.breach_s) == (BreachState.RESOLVED, 3000.0)
    assert (back.breach_since, back.clear_since) == (at + 61 * MINUTE, None)


def test_compliance_in_between_does_not_move_the_thirty_days() -> None:
    first = resolved()
    assert first.resolved_at is not None
    kept = [(Verdict.COMPLIANT, first.resolved_at + n * timedelta(days=1)) for n in range(1, 31)]
    breach = after(first, *kept)

    late = after(breach, (Verdict.BREACH, first.resolved_at + SAME_BREACH + MINUTE))

    assert late.id != first.id


def test_a_rule_that_is_no_longer_asked_leaves_no_clock_running() -> None:
    at = START + 10 * HOUR
    stopped = after(resolved(), (Verdict.BREACH, at), (Verdict.NOT_IN_FORCE, at + MINUTE))
    ended = after(
        opened(),
        (Verdict.COMPLIANT, START + 61 * MINUTE),
        (Verdict.COMPLIANT, START + 70 * MINUTE),
        (Verdict.NOT_APPLICABLE, START + 71 * MINUTE),
    )

    for breach in (stopped, ended):
        # Nothing claims that the limit was kept.
        assert (breach.breach_since, breach.clear_since) == (None, None)
        assert (breach.breach_s, breach.clear_s) == (0.0, 0.0)
    assert after(stopped, (Verdict.BREACH, at + timedelta(days=45))).id != stopped.id


def test_a_breach_that_comes_back_has_a_new_deadline_and_no_derogation() -> None:
    given = Derogation(ground="L.236-2", until=date(2026, 11, 1), document="letter")
    justified, _ = justify(opened(), given, "B. Roux", "granted", START + HOUR)
    late = datetime(2027, 1, 2, tzinfo=UTC)
    over = after(
        justified,
        (Verdict.BREACH, late),
        (Verdict.COMPLIANT, late + HOUR),
        (Verdict.COMPLIANT, late + 2 * HOUR),
    )
    back = after(over, (Verdict.BREACH, late + 3 * HOUR), (Verdict.BREACH, late + 4 * HOUR))

    assert (over.deadline_passed, over.resolved_at) == (True, late + 2 * HOUR)
    assert back.state is BreachState.REOPENED
    assert (back.resolved_at, back.derogation, back.deadline_passed) == (None, None, False)
    assert back.deadline == date(2027, 3, 3)
    assert (back.opened_at, back.times_opened) == (START + HOUR, 2)


def test_a_remedy_may_take_the_whole_of_its_last_day() -> None:
    # 22:59 UTC is 23:59 in Paris.
    last = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)

    breach, in_time = advance(opened(), seen(Verdict.BREACH, last), POLICY)
    breach, late = advance(breach, seen(Verdict.BREACH, last + MINUTE), POLICY)

    assert breach is not None
    assert breach.deadline == DUE
    assert in_time == ()
    assert [event.kind for event in late] == [EventKind.DEADLINE_PASSED]


def test_a_deadline_that_was_moved_can_pass_again() -> None:
    late = after(opened(), (Verdict.BREACH, datetime(2027, 1, 2, tzinfo=UTC)))
    moved, _ = move_deadline(
        late, date(2027, 1, 10), "B. Roux", "parts are late", datetime(2027, 1, 3, tzinfo=UTC)
    )
    assert (late.deadline_passed, moved.deadline_passed) == (True, False)

    _, events = advance(moved, seen(Verdict.BREACH, datetime(2027, 1, 11, tzinfo=UTC)), POLICY)

    assert [event.kind for event in events] == [EventKind.DEADLINE_PASSED]


def test_a_deadline_is_not_told_while_a_derogation_holds() -> None:
    given = Derogation(ground="L.236-2", until=date(2027, 1, 31), document="letter")
    justified, _ = justify(opened(), given, "B. Roux", "granted", START + HOUR)

    held, none = advance(
        justified, seen(Verdict.BREACH, datetime(2027, 1, 31, 12, tzinfo=UTC)), POLICY
    )
    _, both = advance(held, seen(Verdict.BREACH, datetime(2027, 2, 1, tzinfo=UTC)), POLICY)

    assert none == ()
    assert [event.kind for event in both] == [
        EventKind.DEROGATION_ENDED,
        EventKind.DEADLINE_PASSED,
    ]


@pytest.mark.parametrize(("day", "possible"), [(1, True), (0, True), (-1, False)])
def test_a_day_given_by_people_is_today_or_later(day: int, possible: bool) -> None:
    # 23:30 UTC on the 4th is the 5th in Paris.
    now = datetime(2026, 11, 4, 23, 30, tzinfo=UTC)
    given = date(2026, 11, 5) + timedelta(days=day)

    def both() -> tuple[Breach, Breach]:
        derogation = Derogation(ground="L.236-2", until=given, document="letter")
        moved, _ = move_deadline(opened(), given, "A", "why", now)
        justified, _ = justify(opened(), derogation, "A", "why", now)
        return moved, justified

    if possible:
        moved, justified = both()
        assert moved.deadline == given
        assert justified.state is BreachState.JUSTIFIED
        return
    with pytest.raises(ActionRefused, match="today or later"):
        both()
