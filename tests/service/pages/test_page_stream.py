"""One page shared by its readers: what is worked out, when, and for whom."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models.trouble.charge import Charge
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.pages.page_stream import PageReader, SharedPage, troubles
from service.pages.routes import Pages
from service.streams.event import place_of
from tests.service.pages.patched_page import PatchedPage, canonical, events_of
from tests.service.pages.sample_snapshot import HOSTILE_TEXT, NOW, sample_snapshot

_WITHIN_S = 10.0


class _Clock:
    """The process's own clock, which the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1_000.0
        monkeypatch.setattr("service.pages.page_stream.monotonic", lambda: self.now_s)


class _Shared:
    """A board, the page of it in French, and how often that was rendered."""

    def __init__(self) -> None:
        self.board, self.rendered, self._pages = SnapshotBoard(), 0, Pages()
        self.page = SharedPage(self.board, lambda: self.board.current, self.render)

    def render(self, snapshot: LiveSnapshot) -> str:
        self.rendered += 1
        return self._pages.main(snapshot, "fr")


def _told(events: bytes | None) -> list[dict[str, str]]:
    return list(events_of((events or b"").decode().split("\n")))


def _kinds(events: bytes | None) -> list[str | None]:
    return [event.get("event") for event in _told(events)]


@pytest.mark.asyncio
async def test_what_changed_is_worked_out_once_for_all_readers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, shared = _Clock(monkeypatch), _Shared()
    shared.board.publish(sample_snapshot())
    readers = [PageReader(shared.page, None) for _ in range(200)]
    for reader in readers:
        assert _kinds(await reader.read(_WITHIN_S)) == [None, "main"]
    shared.board.publish(sample_snapshot(NOW + timedelta(seconds=2), step=1))
    clock.now_s += 2.0

    heard = {await reader.read(_WITHIN_S) for reader in readers}

    assert [_kinds(one) for one in heard] == [["patch"]]
    assert shared.rendered == 2


@pytest.mark.asyncio
async def test_figures_wait_for_two_seconds_and_trouble_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, shared = _Clock(monkeypatch), _Shared()
    shared.board.publish(sample_snapshot())
    reader = PageReader(shared.page, None)
    await reader.read(_WITHIN_S)
    clock.now_s += 1.0
    shared.board.publish(sample_snapshot(NOW + timedelta(seconds=1), step=1))
    reading = asyncio.create_task(reader.read(_WITHIN_S))
    await asyncio.sleep(0.05)
    assert not reading.done()

    shared.board.publish(sample_snapshot(NOW + timedelta(seconds=1), step=1, healthy=True))

    assert _kinds(await asyncio.wait_for(reading, _WITHIN_S)) == ["patch"]


@pytest.mark.asyncio
async def test_figures_that_were_held_back_come_without_any_newer() -> None:
    shared = _Shared()
    shared.board.publish(sample_snapshot())
    reader = PageReader(shared.page, None)
    await reader.read(_WITHIN_S)
    shared.board.publish(sample_snapshot(NOW + timedelta(seconds=1), step=1))

    assert _kinds(await reader.read(_WITHIN_S)) == ["patch"]


@pytest.mark.asyncio
async def test_who_comes_before_the_first_snapshot_waits_for_it() -> None:
    shared = _Shared()
    reader = PageReader(shared.page, None)
    assert _told(await reader.read(_WITHIN_S)) == [{"retry": "2000"}]
    assert await reader.read(0.01) is None

    shared.board.publish(sample_snapshot())

    assert _kinds(await reader.read(_WITHIN_S)) == ["main"]


@pytest.mark.asyncio
async def test_who_lags_far_behind_is_sent_the_whole_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, shared, page = _Clock(monkeypatch), _Shared(), PatchedPage()
    monkeypatch.setattr("service.streams.changes._KEPT", 5)
    base = [sample_snapshot(step=step) for step in range(3)]
    shared.board.publish(base[0])
    slow, quick = PageReader(shared.page, None), PageReader(shared.page, None)
    for event in _told(await slow.read(_WITHIN_S)):
        page.hear(event)
    for n in range(8):
        clock.now_s += 2.0
        shared.board.publish(replace(base[n % 3], taken_at=NOW + timedelta(seconds=2 * n)))
        await quick.read(_WITHIN_S)

    late = _told(await slow.read(_WITHIN_S))

    assert [event["event"] for event in late] == ["main"]
    page.hear(late[0])
    shown = shared.board.current
    assert shown is not None
    assert page.html == canonical(shared.render(shown))


@pytest.mark.asyncio
async def test_who_resumes_in_another_language_is_sent_the_whole() -> None:
    french, english = _Shared(), _Shared()
    for one in (french, english):
        one.board.publish(sample_snapshot())
    first = _told(await PageReader(french.page, None).read(_WITHIN_S))
    place = place_of(first[-1]["id"])

    assert _kinds(await PageReader(french.page, place).read(_WITHIN_S)) == [None]
    assert _kinds(await PageReader(english.page, place).read(_WITHIN_S)) == [None, "main"]


@pytest.mark.asyncio
async def test_a_snapshot_that_shows_nothing_new_is_no_event_and_no_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, shared = _Clock(monkeypatch), _Shared()
    shared.board.publish(sample_snapshot())
    reader = PageReader(shared.page, None)
    await reader.read(_WITHIN_S)
    clock.now_s += 2.0
    shared.board.publish(sample_snapshot())
    shared.page.advance()
    shared.board.publish(sample_snapshot(healthy=True))

    assert _kinds(await reader.read(_WITHIN_S)) == ["patch"]


@pytest.mark.asyncio
async def test_line_ends_that_a_device_sends_end_no_event() -> None:
    shared, snapshot = _Shared(), sample_snapshot()
    devices = tuple(
        replace(one, last_error=f"{HOSTILE_TEXT}\r\rdata: x\r\n\r\nevent: y")
        if one.last_error
        else one
        for one in snapshot.devices
    )
    shared.board.publish(replace(snapshot, devices=devices))

    events = await PageReader(shared.page, None).read(_WITHIN_S)

    assert b"\r" not in (events or b"")
    assert _kinds(events) == [None, "main"]


def test_what_somebody_takes_in_charge_is_shown_at_once() -> None:
    free = sample_snapshot()
    charge = Charge(name="A. Martin", note="on the way", at=NOW)
    taken = (replace(free.devices[0], charge=charge), *free.devices[1:])

    assert troubles(replace(free, devices=taken)) != troubles(free)
