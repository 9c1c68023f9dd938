"""A breach begins where the past shows it, and its deadline runs from its notice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter_rules.breaches.beginning import PastVerdict, beginning
from charter_rules.breaches.lifecycle import advance
from charter_rules.breaches.state import Breach, BreachEvent, BreachState, Observation
from charter_rules.findings import MISSED, Verdict
from charter_rules.law.rulebook import BreachPolicy

NOTICED = datetime(2026, 11, 20, 8, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LETTERS = {
    "B": Verdict.BREACH,
    "D": Verdict.DEVIATION,
    "C": Verdict.COMPLIANT,
    "N": Verdict.COMPLIANT_NOT_PROVEN,
    "S": Verdict.SUSPECTED,
    "?": Verdict.INSUFFICIENT_DATA,
    "0": Verdict.NOT_IN_FORCE,
}
SLOW = BreachPolicy(opens_after_hours=24.0, closes_after_hours=24.0, remediation_days=60)


def days(letters: str) -> list[PastVerdict]:
    """The verdict that is noticed, and those of the days before it."""
    return [
        PastVerdict(verdict=LETTERS[letter], shown_from=NOTICED - n * DAY)
        for n, letter in enumerate(letters)
    ]


@pytest.mark.parametrize(
    ("letters", "days_back", "before"),
    [
        ("BC", 0, Verdict.COMPLIANT),
        ("BBBC", 2, Verdict.COMPLIANT),
        ("BDBN", 2, Verdict.COMPLIANT_NOT_PROVEN),
        # What is missing or cannot be proven ends the way back, whatever was before it.
        ("BB?BBB", 1, Verdict.INSUFFICIENT_DATA),
        ("BBSBBB", 1, Verdict.SUSPECTED),
        ("BBB0", 2, Verdict.NOT_IN_FORCE),
        ("BBB", 2, None),
        ("B", 0, None),
    ],
)
def test_a_breach_begins_where_nothing_interrupts_it(
    letters: str, days_back: int, before: Verdict | None
) -> None:
    found = beginning(NOTICED, days(letters))

    assert (NOTICED - found.at, found.preceded_by) == (days_back * DAY, before)


def test_an_inspection_shows_it_for_the_days_before_it_was_known_too() -> None:
    """Measured nine days before it was received, while the sensors only raised a suspicion."""
    inspected = PastVerdict(verdict=Verdict.BREACH, shown_from=NOTICED - 9 * DAY)
    sensors = days("BSSSSSSSSSSC")[1:]

    found = beginning(NOTICED, [inspected, *sensors])

    assert (NOTICED - found.at, found.preceded_by) == (9 * DAY, Verdict.SUSPECTED)


@given(st.lists(st.sampled_from(sorted(LETTERS)), max_size=12), st.sampled_from("BD"))
def test_every_day_from_the_beginning_on_is_missed(letters: list[str], first: str) -> None:
    past = days("".join([first, *letters]))

    found = beginning(NOTICED, past)

    inside = [one for one in past if one.shown_from >= found.at]
    assert {one.verdict for one in inside} <= MISSED
    assert found.at <= NOTICED
    assert (found.preceded_by is None) == (len(inside) == len(past))


def seen(at: datetime, verdict: Verdict = Verdict.BREACH) -> Observation:
    return Observation(rule_id="paris_wue", rule_version=2, verdict=verdict, at=at)


def begun(since: datetime, before: Verdict | None) -> tuple[Breach, BreachEvent]:
    first = replace(seen(NOTICED), shown_since=since, preceded_by=before)
    breach, (began,) = advance(None, first, SLOW)
    assert breach is not None
    return breach, began


def test_a_breach_says_when_it_began_and_when_it_was_noticed() -> None:
    since = NOTICED - 40 * DAY

    breach, began = begun(since, Verdict.COMPLIANT)

    assert (breach.began_at, breach.noticed_at) == (since, NOTICED)
    assert breach.id == "paris_wue-20261120T080000"
    assert (began.at, began.began_at) == (NOTICED, since)
    assert began.details["preceded_by"] == "compliant"
    # It had not stood while nobody looked.
    assert (breach.state, breach.breach_s) == (BreachState.PENDING, 0.0)


def test_a_breach_never_begins_after_its_notice() -> None:
    breach, _ = begun(NOTICED + HOUR, None)

    assert breach.began_at == NOTICED


@pytest.mark.parametrize(
    ("before", "older"),
    [
        (Verdict.COMPLIANT, False),
        (Verdict.COMPLIANT_NOT_PROVEN, True),
        (Verdict.DECLARED_UNCHECKED, True),
        (Verdict.NOT_IN_FORCE, False),
        (Verdict.NOT_APPLICABLE, False),
        (Verdict.SUSPECTED, True),
        (Verdict.INSUFFICIENT_DATA, True),
        (Verdict.NOT_FIXED, True),
        (None, True),
    ],
)
def test_what_was_not_known_before_may_hide_an_older_beginning(
    before: Verdict | None, older: bool
) -> None:
    breach, _ = begun(NOTICED - DAY, before)

    assert breach.may_be_older is older


def test_the_deadline_runs_from_the_notice_not_from_the_beginning() -> None:
    breach: Breach | None
    breach, _ = begun(NOTICED - 40 * DAY, Verdict.COMPLIANT)
    # Data are missing for three days: it opens four days after it was noticed.
    for hour in (*range(1, 12), *range(84, 98)):
        breach, _ = advance(breach, seen(NOTICED + hour * HOUR), SLOW)

    assert breach is not None
    assert (breach.state, breach.opened_at) == (BreachState.OPEN, NOTICED + 97 * HOUR)
    assert breach.deadline == date(2026, 11, 20) + 60 * DAY


def test_one_that_comes_back_is_noticed_anew() -> None:
    breach: Breach | None
    breach, _ = begun(NOTICED - 40 * DAY, Verdict.COMPLIANT)
    for hour in range(1, 25):
        breach, _ = advance(breach, seen(NOTICED + hour * HOUR), SLOW)
    for hour in range(25, 51):
        breach, _ = advance(breach, seen(NOTICED + hour * HOUR, Verdict.COMPLIANT), SLOW)
    assert breach is not None
    assert breach.state is BreachState.RESOLVED
    back = NOTICED + 10 * DAY
    for hour in range(26):
        breach, _ = advance(breach, seen(back + hour * HOUR), SLOW)

    assert breach is not None
    assert (breach.state, breach.times_opened) == (BreachState.REOPENED, 2)
    assert (breach.began_at, breach.noticed_at) == (NOTICED - 40 * DAY, NOTICED)
    assert breach.deadline == back.date() + 60 * DAY
