"""What is noted between two pictures, and what is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from charter_rules.findings import Verdict
from models.metering.registers import StandingMeter
from models.readings import DeviceState
from models.trouble.charge import Charge
from service.journal.happening import Happening, HappeningKind
from service.journal.watching import Watch
from service.live.snapshot import LiveSnapshot
from tests.service.api.test_api import HEALTHY_PIPELINE
from tests.service.pages.sample_snapshot import NOW, sample_snapshot

LATER = NOW + timedelta(seconds=1)


def picture(number: int = 0) -> LiveSnapshot:
    at = NOW + timedelta(seconds=number)
    return replace(sample_snapshot(healthy=True), taken_at=at, pipeline=HEALTHY_PIPELINE)


def with_states(snapshot: LiveSnapshot, state: DeviceState) -> LiveSnapshot:
    devices = tuple(replace(one, state=state, since=snapshot.taken_at) for one in snapshot.devices)
    return replace(snapshot, devices=devices)


def between(*pictures: LiveSnapshot) -> list[Happening]:
    watch = Watch(pictures[0])
    return [one for each in pictures[1:] for one in watch.see(each)][1:]


def test_nothing_happens_while_nothing_changes() -> None:
    assert between(picture(), picture(1), picture(2)) == []


def test_the_first_look_says_since_when_nobody_looked() -> None:
    [began] = Watch(picture()).see(picture(3600))
    assert (began.kind, began.after) == (HappeningKind.EVALUATION, "began")
    assert began.why == {"last_looked_at": NOW.isoformat()}
    assert Watch(None).see(picture())[0].why == {}


def test_a_device_is_lost_when_the_collector_said_so() -> None:
    lost = with_states(picture(5), DeviceState.LOST)
    since = NOW + timedelta(seconds=3)
    devices = (replace(lost.devices[0], since=since), *picture(5).devices[1:])
    [told] = between(picture(), replace(lost, devices=devices))
    assert (told.subject, told.before, told.after) == (devices[0].id, "ok", "lost")
    assert told.at == since
    # A clock that is ahead of ours happens nothing in the future.
    ahead = (replace(devices[0], since=NOW + timedelta(hours=1)), *devices[1:])
    [told] = between(picture(), replace(lost, devices=ahead))
    assert told.at == lost.taken_at


def test_a_silent_collector_is_one_line_and_not_one_a_device() -> None:
    silent = replace(
        with_states(picture(30), DeviceState.LOST),
        pipeline=replace(HEALTHY_PIPELINE, report_age_s=60.0),
    )
    told = between(picture(), silent, picture(90))
    assert [(one.kind, one.before, one.after) for one in told] == [
        (HappeningKind.COLLECTOR, "at_work", "silent"),
        (HappeningKind.COLLECTOR, "silent", "at_work"),
    ]
    # What a device did meanwhile is told when somebody knows it again.
    told = between(picture(), silent, with_states(picture(90), DeviceState.DEGRADED))
    assert len([one for one in told if one.kind is HappeningKind.DEVICE]) == len(silent.devices)


def test_a_database_that_is_away_is_one_line_and_the_collector_is_not_blamed() -> None:
    away = replace(with_states(picture(30), DeviceState.LOST), store_reachable=False)
    told = between(picture(), away, picture(90))
    assert [(one.kind, one.after) for one in told] == [
        (HappeningKind.DATABASE, "away"),
        (HappeningKind.DATABASE, "there"),
    ]


@pytest.mark.parametrize(
    ("changed", "kind", "subject", "after"),
    [
        ({"standing": (StandingMeter(meter="q", since_us=0),)}, "meter", "q", "stands"),
        ({"pipeline": replace(HEALTHY_PIPELINE, poll_stretch=9.0)}, "polls", "", "slowed"),
        ({"pipeline": replace(HEALTHY_PIPELINE, dropped_total=3)}, "readings_lost", "", "lost"),
    ],
)
def test_what_else_is_noted(
    changed: dict[str, object], kind: str, subject: str, after: str
) -> None:
    [told] = between(picture(), replace(picture(1), **changed))  # type: ignore[arg-type]  # parts
    assert (told.kind.value, told.subject, told.after) == (kind, subject, after)


def test_a_verdict_that_changes_and_who_answers_for_a_device_are_noted() -> None:
    first, later = picture(), picture(1)
    other = replace(first.findings[0], verdict=Verdict.INSUFFICIENT_DATA, lack="no reading")
    charge = Charge(name="A. Martin", note="on my way", at=NOW)
    device = replace(later.devices[0], charge=charge)
    later = replace(
        later, findings=(other, *first.findings[1:]), devices=(device, *later.devices[1:])
    )
    verdict, taken = between(first, later)
    assert (verdict.kind, verdict.subject) == (HappeningKind.VERDICT, other.rule_id)
    assert (verdict.after, verdict.why) == ("insufficient_data", {"lack": "no reading"})
    assert (taken.kind, taken.at, taken.why["name"]) == (HappeningKind.CHARGE, NOW, "A. Martin")
    [given] = between(later, replace(picture(2), findings=later.findings))
    assert given.after == "given_back"
