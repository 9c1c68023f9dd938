"""The state machine of a device: what it says, and that it says it once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from structlog.testing import capture_logs

from collectors.health import HealthTracker
from collectors.memory import Memory
from collectors.polling import Learned, Poll
from models.readings import DeviceState, ReadingBatch
from models.trouble.trouble import Cause, Trouble
from models.trouble.words_en import ENGLISH
from models.trouble.words_fr import FRENCH
from tests.collectors.builders import device


class Calendar:
    def __init__(self) -> None:
        self.now = datetime(2027, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def poll(*, bad: int = 0, failed: int = 0) -> Poll:
    zeros = np.zeros(4, np.int64)
    batch = ReadingBatch(
        point_id=zeros.astype(np.int32),
        ts_us=zeros,
        received_us=zeros,
        value=zeros.astype(np.float64),
        quality=zeros.astype(np.int16),
        origin=zeros.astype(np.int16),
    )
    error = Cause(Trouble.REFUSED, "e") if failed else None
    return Poll(batch=batch, bad_points=bad, failed_points=failed, error=error)


def test_states_follow_the_polls_and_are_logged_once() -> None:
    calendar = Calendar()
    with capture_logs() as logs:
        tracker = HealthTracker("d", "gw", now=calendar)
        assert tracker.health.state is DeviceState.STARTING
        expected = [
            (poll(), DeviceState.OK),
            (poll(), DeviceState.OK),
            (None, DeviceState.DEGRADED),
            (None, DeviceState.LOST),
            (None, DeviceState.LOST),
            (poll(bad=2, failed=1), DeviceState.DEGRADED),
            (poll(bad=2), DeviceState.DEGRADED),
            (poll(), DeviceState.OK),
        ]
        for outcome, state in expected:
            calendar.advance(10)
            if outcome is None:
                tracker.failed(Cause(Trouble.SILENT, "no answer"), 1.0)
            else:
                tracker.polled(outcome, 0.1)
            assert tracker.health.state is state
    assert [entry["event"] for entry in logs] == [
        "device_answered",
        "device_degraded",
        "device_lost",
        "device_degraded",
        "device_recovered",
    ]
    assert logs[2]["error"] == "no answer"
    assert "unit id" in logs[2]["check"]
    assert logs[3]["before"] == "lost"
    assert logs[3]["before_s"] == 20.0
    assert all(entry["device"] == "d" and entry["link"] == "gw" for entry in logs)


def test_counts_and_times() -> None:
    calendar = Calendar()
    tracker = HealthTracker("d", "gw", now=calendar)
    tracker.polled(poll(), 0.1)
    ok_at = calendar.now
    for _ in range(3):
        calendar.advance(5)
        tracker.failed(Cause(Trouble.GARBLED, "x" * 2000), 1.0)
    health = tracker.health
    assert (health.polls_total, health.failures_total, health.consecutive_failures) == (4, 3, 3)
    assert health.last_ok_at == ok_at
    assert health.since == ok_at + timedelta(seconds=10)
    assert health.last_error is not None
    assert len(health.last_error) <= 500
    assert health.trouble is Trouble.GARBLED
    tracker.polled(poll(), 0.2)
    assert tracker.health.last_error is None
    assert tracker.health.consecutive_failures == 0


def test_answers_without_one_value_are_a_loss() -> None:
    tracker = HealthTracker("d", "gw")
    for _ in range(2):
        tracker.polled(poll(bad=4, failed=4), 0.1)
    assert tracker.health.state is DeviceState.LOST


def test_a_device_never_met_is_lost_after_two_polls() -> None:
    tracker = HealthTracker("d", "gw")
    states = []
    for _ in range(2):
        tracker.failed(Cause(Trouble.NOTHING_LISTENS, "refused"), 0.1)
        states.append(tracker.health.state)
    assert states == [DeviceState.STARTING, DeviceState.LOST]


def test_what_a_device_refuses_is_reported_and_logged_when_it_changes() -> None:
    learned = Learned(split_blocks=1, refused_points=2, words="refused: a, b")
    with capture_logs() as logs:
        tracker = HealthTracker("d", "gw")
        tracker.polled(poll(), 0.1)
        for _ in range(2):
            tracker.polled(replace(poll(), learned=learned), 0.1)
            health = tracker.health
            assert (health.split_blocks, health.refused_points) == (1, 2)
            assert health.learned == "refused: a, b"
        tracker.polled(poll(), 0.1)
    said = [e["learned"] for e in logs if e["event"] == "device_read_otherwise"]
    assert said == ["refused: a, b", "as planned"]
    assert tracker.health.learned is None


def test_a_link_that_is_down_is_one_line_for_all_devices_behind_it() -> None:
    memory = Memory()
    behind = [device(f"d{n}", unit=n, link="gw") for n in (1, 2, 3)]
    trackers = [memory.tracker(one) for one in behind]
    with capture_logs() as logs:
        for tracker in trackers:
            for _ in range(2):
                tracker.failed(Cause(Trouble.NOTHING_LISTENS, "cannot connect"), 0.1)
        trackers[0].polled(poll(), 0.1)
        for _ in range(2):
            trackers[1].failed(Cause(Trouble.SILENT, "no answer"), 0.1)
        trackers[2].polled(poll(bad=1), 0.1)
        trackers[1].polled(poll(), 0.1)
    events = [(entry["event"], entry.get("device"), entry.get("devices")) for entry in logs]
    # The link is back with its first device; what is wrong with another is its own.
    assert events == [
        ("link_lost", None, None),
        ("link_recovered", None, 3),
        ("device_lost", "d2", None),
        ("device_degraded", "d3", None),
        ("device_recovered", "d2", None),
    ]
    assert logs[0]["error"] == "cannot connect"
    assert "port" in logs[0]["check"]


def test_every_trouble_has_words_in_both_languages() -> None:
    for words in (ENGLISH, FRENCH):
        assert set(words) == set(Trouble)
        for said in words.values():
            assert said.what[0].isupper()
            assert not said.check.endswith(".")


def test_a_device_that_never_rests_does_not_fill_the_log_and_its_end_is_told() -> None:
    calendar = Calendar()

    def clock() -> float:
        return calendar.now.timestamp()

    with capture_logs() as logs:
        tracker = HealthTracker("d", "gw", now=calendar, clock=clock)
        for number in range(2 * 720):
            calendar.advance(5)
            if number % 2:
                tracker.failed(Cause(Trouble.SILENT, "no answer"), 1.0)
            else:
                tracker.polled(poll(), 0.1)
        flapping = len(logs)
        for _ in range(30):
            calendar.advance(5)
            tracker.failed(Cause(Trouble.SILENT, "no answer"), 1.0)
    # two hours: some at once, and one a minute
    assert flapping <= 10 + 120
    assert sum(entry.get("changes", 1) for entry in logs) == 1440 + 1
    assert logs[-1]["event"] == "device_lost"
