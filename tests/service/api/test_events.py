"""The event stream for programs, through a real server."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

import httpx
import pytest

from service.api.events import SharedTopics
from service.api.topics import Topic
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.streams.event import place_of
from tests.service.application import application, client_of
from tests.service.pages.patched_page import events_of
from tests.service.pages.sample_snapshot import NOW, frozen_heat_meter, sample_snapshot
from tests.service.pages.serving import Served, served

_SITE = f"/api/v1/sites/{sample_snapshot().site.id}"
_EVENTS = f"{_SITE}/events"


class _Items:
    """What a program knows of the topics it listens to."""

    def __init__(self) -> None:
        self.by_topic: dict[str, dict[str, Any]] = {}
        self.last_id: str | None = None
        self.wholes = 0

    def hear(self, event: dict[str, str]) -> None:
        self.last_id = event.get("id", self.last_id)
        if "event" not in event:
            return
        told = json.loads(event["data"])
        known = self.by_topic.setdefault(event["event"], {})
        if told["whole"]:
            self.wholes += 1
            known.clear()
        known.update(told["items"])
        for key in told["removed"]:
            known.pop(key, None)

    def listen(self, server: Served, topics: str, *, until: int, at_most: int = 100) -> None:
        """One connection: up to a sequence, or so many events."""
        with _heard(server, topics, self.last_id) as events:
            for event in islice(events, at_most):
                self.hear(event)
                if self.last_id is not None and self.last_id.endswith(f"-{until}"):
                    return


@contextmanager
def _heard(server: Served, topics: str, last_id: str | None = None) -> Iterator[Any]:
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    url = f"{server.url}{_EVENTS}?topics={topics}"
    with httpx.stream("GET", url, headers=headers, timeout=20.0) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-encoding"] == "gzip"
        yield events_of(answer.iter_lines())


def test_first_all_items_in_the_shapes_of_the_api_then_those_that_changed() -> None:
    later = sample_snapshot(NOW + timedelta(seconds=1))
    point = "intake_a.active_power_kw"
    moved = {**later.points, point: replace(later.points[point], value=180.5)}
    lists = {
        "points": ("points", "key"),
        "devices": ("devices", "id"),
        "verdicts": ("verdicts", "rule_id"),
    }
    with served(sample_snapshot()) as server, _heard(server, ",".join(lists)) as events:
        items = _Items()
        for event in islice(events, 1 + len(lists)):
            items.hear(event)
        for topic, (path, key) in lists.items():
            known = {one[key]: one for one in httpx.get(f"{server.url}{_SITE}/{path}").json()}
            assert items.by_topic[topic] == known
        # No other reading came, and no other verdict: all else grew older only.
        server.publish(
            replace(
                sample_snapshot(),
                taken_at=later.taken_at,
                points={
                    **{
                        key: replace(one, age_s=None if one.age_s is None else one.age_s + 1.0)
                        for key, one in sample_snapshot().points.items()
                    },
                    point: moved[point],
                },
            )
        )
        told = next(events)

    assert told["event"] == "points"
    data = json.loads(told["data"])
    assert data["whole"] is False
    assert list(data["items"]) == [point]
    assert data["items"][point]["value"] == 180.5
    assert data["at"] == "2026-11-20T19:32:08Z"


def test_a_program_that_is_cut_off_resumes_with_what_changed_since() -> None:
    first, frozen = sample_snapshot(), frozen_heat_meter(NOW + timedelta(seconds=1))
    topics = "kpis,standing,verdicts"
    items, fresh = _Items(), _Items()
    with served(first) as server:
        items.listen(server, topics, until=1)
        for sequence, shown in ((2, frozen), (3, first)):
            server.publish(shown)
            # Cut off in the middle of what a snapshot changed.
            items.listen(server, topics, until=sequence, at_most=2)
            items.listen(server, topics, until=sequence)
        fresh.listen(server, topics, until=3)

    assert items.by_topic == fresh.by_topic
    assert items.last_id == fresh.last_id
    assert items.wholes == fresh.wholes == 3


def _shared(*published: LiveSnapshot) -> SharedTopics:
    board = SnapshotBoard()
    for one in published:
        board.publish(one)
    return SharedTopics(board, lambda: board.current)


def _ids(events: Sequence[bytes]) -> list[str | None]:
    return [event.get("id") for one in events for event in events_of(one.decode().split("\n"))]


def test_who_is_cut_off_between_two_topics_is_not_taken_for_one_who_has_both() -> None:
    topics = (Topic.KPIS, Topic.STANDING)
    shared = _shared(sample_snapshot())
    wholes, place = shared.after(topics, None)
    assert _ids(wholes) == [None, str(place)]
    shared.board.publish(frozen_heat_meter())

    changes, after = shared.after(topics, place)

    # The first of the two leads no further than where the reader was.
    assert _ids(changes) == [str(place), str(after)]
    again, _ = shared.after(topics, place_of(_ids(changes)[0]))
    assert again == changes


def test_who_comes_back_with_other_topics_is_sent_all_of_them() -> None:
    shared = _shared(sample_snapshot())
    _, place = shared.after([Topic.KPIS], None)
    shared.after([Topic.STANDING], None)

    events, _ = shared.after([Topic.KPIS, Topic.STANDING], place)

    assert [b'"whole":true' in one for one in events] == [True, True]


def test_what_is_no_more_is_named() -> None:
    shared = _shared(frozen_heat_meter())
    _, place = shared.after([Topic.STANDING], None)
    shared.board.publish(sample_snapshot())

    (event,), _ = shared.after([Topic.STANDING], place)

    assert b'"items":{},"removed":["heat_meter_loop"]' in event


def test_many_changes_of_the_same_things_are_told_as_a_whole() -> None:
    shared = _shared(sample_snapshot())
    _, place = shared.after([Topic.POINTS], None)
    for n in range(1, 4):
        shared.board.publish(sample_snapshot(NOW + timedelta(seconds=n), step=n))
        events, _ = shared.after([Topic.POINTS], place)

    assert len(events) == 1
    assert b'"whole":true' in events[0]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{_EVENTS}?topics=kpis,weather", 422, "topic_unknown"),
        (f"{_EVENTS}?topics=", 422, "topic_unknown"),
        ("/api/v1/sites/elsewhere/events", 404, "site_not_found"),
    ],
)
async def test_what_there_is_not_is_refused_with_a_remedy(
    path: str, status: int, code: str
) -> None:
    async with client_of(application(SnapshotBoard())) as client:
        answer = await client.get(path)

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["remedy"]


def test_the_stream_is_documented() -> None:
    operation = application().openapi()["paths"]["/api/v1/sites/{site_id}/events"]["get"]

    content = operation["responses"]["200"]["content"]
    assert list(content) == ["text/event-stream"]
    told = content["text/event-stream"]["schema"]["properties"]
    assert set(told["event"]["enum"]) == set(Topic)
    assert set(told["data"]["contentSchema"]["properties"]) == {"at", "whole", "items", "removed"}
