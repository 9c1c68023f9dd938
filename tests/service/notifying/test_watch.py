"""States of alerts, and what is told of them when: look by look, on a clock of the test's own."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.alerts.alert import Alert
from service.alerts.writing import SiteAlerts
from service.notifying.memory import Memory, MemoryFile
from service.notifying.notice import Acknowledgement, Message
from service.notifying.samples import Shown
from service.notifying.standing import State
from service.notifying.watch import Watch
from tests.service.alerts.small_site import WRITING
from tests.service.notifying.series_of_examples import at_minute
from tests.service.notifying.small_alerts import ALL

SITE = WRITING.site
START = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
DEVICES = ("pdu_01", "pdu_02")


def named(*names: str) -> tuple[Alert, ...]:
    return tuple(alert for alert in ALL if alert.name in names)


def up(**devices: int) -> list[Shown]:
    return [
        Shown("boucle_device_up", {"site": SITE, "device": name}, float(value))
        for name, value in devices.items()
    ]


def polled(at_s: float) -> Shown:
    return Shown("boucle_collector_last_poll_timestamp_seconds", {"site": SITE}, at_s)


class Looks:
    """Looks every 15 seconds, and the messages that they made due."""

    def __init__(self, alerts: Sequence[Alert], memory: Memory | None = None) -> None:
        self.memory = memory or Memory(site=SITE, outboxes={"test": {}})
        self.watch = Watch(SiteAlerts(alerts=tuple(alerts), limits={}), WRITING, self.memory)
        self.at = self.memory.at or START

    def go_on(
        self,
        seconds: int,
        shown: Sequence[Shown] = (),
        acknowledged: Mapping[str, Acknowledgement] | None = None,
    ) -> list[Message]:
        messages = []
        for _ in range(seconds // 15):
            self.at += timedelta(seconds=15)
            now = [*shown]
            self.watch.look(now, acknowledged or {}, self.at)
            for message in list(self.memory.outboxes["test"].values()):
                messages.append(message)
                self.memory.delivered("test", message)
        return messages

    def states(self) -> dict[str, State]:
        return {
            key: one.state(self.at, is_acknowledged=False)
            for key, one in self.memory.standings.items()
        }


def told(message: Message) -> list[tuple[str, str]]:
    return [
        (one.labels.get("device", one.name), one.state.value) for one in message.notices.values()
    ]


def test_an_alert_is_pending_fires_and_is_resolved_and_each_is_told_once() -> None:
    [alert] = [one for one in named("BoucleDeviceDown") if one.labels["device"] == "pdu_01"]
    looks = Looks([alert])
    [key] = [f'BoucleDeviceDown{{device="pdu_01",link="{alert.labels["link"]}",site="{SITE}"}}']

    assert looks.go_on(30) == []
    assert looks.states() == {key: State.NO_DATA}
    assert looks.go_on(30, up(pdu_01=1)) == []
    assert looks.states() == {key: State.QUIET}
    assert looks.go_on(15, up(pdu_01=0)) == []
    assert looks.states() == {key: State.PENDING}
    [message] = looks.go_on(300, up(pdu_01=0))
    assert looks.states() == {key: State.FIRING}
    assert told(message) == [("pdu_01", "firing")]
    notice = message.notices[key]
    assert notice.annotations["summary"].endswith("(pdu_01) ne répond plus")
    assert notice.starts_at - START == timedelta(seconds=75 + alert.for_s)
    # Silence takes nothing back, and says that it is silence.
    assert looks.go_on(3600) == []
    assert looks.states() == {key: State.FIRING}
    assert looks.memory.active[key].unknown_since is not None
    [message] = looks.go_on(300, up(pdu_01=1))
    assert told(message) == [("pdu_01", "resolved")]
    assert looks.states() == {key: State.RESOLVED}
    assert looks.go_on(25 * 3600, up(pdu_01=1)) == []
    assert looks.states() == {key: State.QUIET}


def test_alerts_of_a_name_are_one_message_and_what_follows_waits_two_minutes() -> None:
    alerts = [one for one in named("BoucleDeviceDown") if one.labels["device"] in DEVICES]
    looks = Looks(alerts)
    both = up(pdu_01=0, pdu_02=0)
    looks.go_on(15, up(pdu_01=1, pdu_02=1))
    [message] = looks.go_on(90, both)
    assert sorted(told(message)) == [("pdu_01", "firing"), ("pdu_02", "firing")]
    sent = looks.at
    messages = looks.go_on(45, up(pdu_01=0, pdu_02=1))
    assert messages == []
    [message] = looks.go_on(180, up(pdu_01=0, pdu_02=1))
    assert sorted(told(message)) == [("pdu_01", "firing"), ("pdu_02", "resolved")]
    assert message.at - sent >= timedelta(seconds=60)


def test_what_fires_on_is_told_again_after_twelve_hours_until_somebody_answers() -> None:
    [alert] = [one for one in named("BoucleDeviceDown") if one.labels["device"] == "pdu_01"]
    looks = Looks([alert])
    down = up(pdu_01=0)
    [first, second, third] = looks.go_on(25 * 3600, down)
    assert second.at - first.at == third.at - second.at == timedelta(hours=12)
    [key] = first.notices
    answer = Acknowledgement(key=key, by="Ada", note="on the way", at=looks.at)
    [message] = looks.go_on(13 * 3600, down, {key: answer})
    assert told(message) == [("pdu_01", "acknowledged")]
    assert message.notices[key].acknowledgement == answer
    # The answer is over: it is told anew. After it ended, the answer counts no more.
    [message] = looks.go_on(300, down)
    assert told(message) == [("pdu_01", "firing")]
    [message] = looks.go_on(300, up(pdu_01=1), {key: answer})
    assert told(message) == [("pdu_01", "resolved")]
    [message] = looks.go_on(300, down, {key: answer})
    assert told(message) == [("pdu_01", "firing")]


def test_a_breach_that_boucle_knows_as_acknowledged_is_acknowledged_here() -> None:
    [alert] = [one for one in named("BoucleBreach") if one.labels["rule"] == "paris_erf"]
    labels = {"site": SITE, "rule": "paris_erf"}
    standing = Shown("boucle_breach_standing", labels, 1.0)

    def in_state(state: str) -> Shown:
        return Shown("boucle_breach_state", {**labels, "state": state}, 1.0)

    looks = Looks([alert])
    [message] = looks.go_on(300, [standing, in_state("open")])
    assert [state for _, state in told(message)] == ["firing"]
    for state in ("acknowledged", "justified"):
        messages = looks.go_on(300, [standing, in_state(state)])
        assert [one for message in messages for _, one in told(message)] == (
            ["acknowledged"] if state == "acknowledged" else []
        )
    # Silence does not take the answer back either.
    assert looks.go_on(300) == []
    assert [one.state for one in looks.memory.active.values()] == [State.ACKNOWLEDGED]
    [message] = looks.go_on(300, [standing, in_state("reopened")])
    assert [state for _, state in told(message)] == ["firing"]


def test_a_dead_collector_is_one_message_whatever_hangs_on_it() -> None:
    alerts = named("BoucleCollectorDown", "BoucleHeatUnknown", "BoucleDeviceDown")
    looks = Looks(alerts)
    [message] = looks.go_on(1800)
    assert {one.name for one in looks.memory.active.values()} > {"BoucleCollectorDown"}
    assert message.group == "BoucleCollectorDown"
    # What is left when it is back is told.
    looks.at += timedelta(seconds=15)
    messages = looks.go_on(60, [polled(looks.at.timestamp() + 60)])
    assert {one.group for one in messages} == {"BoucleCollectorDown", "BoucleHeatUnknown"}


@pytest.mark.parametrize("away_s", [5, 7200])
def test_a_restart_neither_repeats_nor_loses(tmp_path: Path, away_s: int) -> None:
    [alert] = [one for one in named("BoucleDeviceDown") if one.labels["device"] == "pdu_01"]

    def restarted(looks: Looks) -> Looks:
        file = MemoryFile(tmp_path, SITE)
        asyncio.run(file.write(looks.memory))
        again = Looks([alert], file.load())
        again.at += timedelta(seconds=away_s)
        return again

    looks = Looks([alert])
    looks.go_on(15, up(pdu_01=1))
    looks.go_on(15, up(pdu_01=0))
    # Pending: the time in which nobody looked does not count.
    looks = restarted(looks)
    looks.go_on(15, up(pdu_01=0))
    assert list(looks.states().values()) == [State.PENDING]
    [message] = looks.go_on(120, up(pdu_01=0))
    assert told(message) == [("pdu_01", "firing")]
    # Firing, and nothing is known at first.
    looks = restarted(looks)
    assert looks.go_on(60) == []
    assert looks.go_on(60, up(pdu_01=0)) == []
    looks = restarted(looks)
    [message] = looks.go_on(300, up(pdu_01=1))
    assert told(message) == [("pdu_01", "resolved")]
    assert restarted(looks).go_on(300, up(pdu_01=1)) == []


def test_what_is_looked_back_on_survives_a_restart(tmp_path: Path) -> None:
    alert, *_ = named("BoucleHeatStopped")
    looks = Looks([alert])
    for minute in range(30):
        looks.go_on(60, list(at_minute(alert.example.silent, minute)))
    file = MemoryFile(tmp_path, SITE)
    asyncio.run(file.write(looks.memory))
    looks = Looks([alert], file.load())
    stopped = list(at_minute(alert.example.silent, 30))
    looks.go_on(60, stopped)
    # Known at once, not only when it was looked at for long enough again.
    assert list(looks.states().values()) == [State.QUIET]
    assert [told(one)[0][1] for one in looks.go_on(3600, stopped)] == ["firing"]


def test_a_clock_that_is_moved_back_delays_nothing() -> None:
    alerts = [one for one in named("BoucleDeviceDown") if one.labels["device"] in DEVICES]
    looks = Looks(alerts)
    looks.go_on(300, up(pdu_01=0, pdu_02=1))
    looks.go_on(15, up(pdu_01=0, pdu_02=0))
    looks.at -= timedelta(hours=2)
    [message] = looks.go_on(240, up(pdu_01=0, pdu_02=0))
    assert sorted(told(message)) == [("pdu_01", "firing"), ("pdu_02", "firing")]


def test_a_device_that_is_no_more_ends_its_alert() -> None:
    [alert] = [one for one in named("BoucleDeviceDown") if one.labels["device"] == "pdu_01"]
    looks = Looks([alert])
    looks.go_on(300, up(pdu_01=0))
    looks.watch.know(SiteAlerts(alerts=(), limits={}))
    [message] = looks.go_on(300)
    assert told(message) == [("pdu_01", "resolved")]


def test_a_suspicion_that_ends_is_resolved_and_forgotten() -> None:
    [alert] = named("BoucleMeterInDoubt")
    alive = Shown("boucle_evaluation_up", {"site": SITE}, 1.0)
    doubt = Shown("boucle_meter_in_doubt", {"site": SITE, "meter": "m", "reason": "frozen"}, 1.0)
    looks = Looks([alert])
    looks.go_on(15)
    assert list(looks.states().values()) == [State.NO_DATA]
    [message] = looks.go_on(600, [alive, doubt])
    [notice] = message.notices.values()
    assert notice.labels["meter"] == "m"
    assert "m" in notice.annotations["summary"]
    assert "{" not in notice.annotations["summary"]
    assert looks.go_on(600) == []
    [message] = looks.go_on(600, [alive])
    assert [one.state for one in message.notices.values()] == [State.RESOLVED]
    looks.go_on(25 * 3600, [alive])
    assert len(looks.memory.standings) == 1
