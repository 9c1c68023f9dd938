"""The event stream for programs: what changed of a site, by topic, resumable."""

import asyncio
from collections.abc import Callable, Sequence
from secrets import token_hex
from time import monotonic
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from service.access.visitor import Visitor
from service.api.of_a_site import site_router
from service.api.permissions import EVERYBODY, Here, Who, require
from service.api.problems import ApiProblem
from service.api.schemas import ProblemAnswer
from service.api.served import ServedSite
from service.api.topics import EVENT_SCHEMA, MATTERS, SharedTopic, Topic
from service.api.viewer import viewer_of
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.streams.event import RETRY, Place, numbered, place_of
from service.streams.response import EventStream

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "server-sent events: id, event (the topic) and data (TopicEventAnswer)",
        "content": {"text/event-stream": {"schema": EVENT_SCHEMA}},
    },
    422: {"model": ProblemAnswer, "description": "no such topic"},
}


class SharedTopics:
    """The topics of those who may see the same. A topic that nobody reads costs nothing."""

    def __init__(self, board: SnapshotBoard, shown: Callable[[], LiveSnapshot | None]) -> None:
        self.board = board
        self._shown = shown
        self._epoch = token_hex(8)
        self._topics: dict[Topic, SharedTopic] = {}

    def after(
        self, topics: Sequence[Topic], place: Place | None
    ) -> tuple[list[bytes], Place | None]:
        """The events after a place, numbered, and the place they lead to."""
        snapshot = self._shown()
        if snapshot is None:
            return [], place
        here = Place(self._epoch_of(topics), self.board.sequence)
        known = place if place is not None and place.epoch == here.epoch else None
        asked = [self._topic(topic) for topic in topics]
        for one in asked:
            one.advance(snapshot, here.sequence)
        told = _since(asked, known)
        if told is None or _is_longer(told, asked):
            wholes = [one.whole() for one in asked]
            # Who got some of them only must not resume as if it had them all.
            return [*wholes[:-1], numbered(wholes[-1], here)], here
        return _numbered(told, known or here), here

    def _epoch_of(self, topics: Sequence[Topic]) -> str:
        """Who comes back with other topics has nothing of them yet."""
        asked = sum(1 << place for place, topic in enumerate(Topic) if topic in topics)
        return f"{self._epoch}{asked:x}"

    def _topic(self, topic: Topic) -> SharedTopic:
        if topic not in self._topics:
            self._topics[topic] = SharedTopic(topic)
        return self._topics[topic]


def _since(asked: Sequence[SharedTopic], known: Place | None) -> list[tuple[int, bytes]] | None:
    told: list[tuple[int, bytes]] = []
    for one in asked:
        changes = None if known is None else one.changes.since(known.sequence)
        if changes is None:
            return None
        told += changes
    return sorted(told, key=lambda change: change[0])


def _is_longer(told: Sequence[tuple[int, bytes]], asked: Sequence[SharedTopic]) -> bool:
    """Whether what changed is more than all there is: the same things again and again."""
    if len(told) <= len(asked):
        return False
    return sum(len(event) for _, event in told) > sum(len(one.whole()) for one in asked)


def _numbered(told: Sequence[tuple[int, bytes]], place: Place) -> list[bytes]:
    """Only the last event of a sequence leads to it: before, something of it is yet to come."""
    events = []
    for index, (sequence, event) in enumerate(told):
        last = index + 1 == len(told) or told[index + 1][0] != sequence
        if last:
            place = Place(place.epoch, sequence)
        events.append(numbered(event, place))
    return events


class TopicReader:
    """One reader of some topics."""

    def __init__(self, shared: SharedTopics, topics: Sequence[Topic], place: Place | None) -> None:
        self._shared, self._topics, self._place = shared, topics, place
        self._greeting = RETRY

    async def read(self, within_s: float) -> bytes | None:
        """What changed since it was last asked, or None when nothing does within so long."""
        until_s = monotonic() + within_s
        while True:
            events, self._place = self._shared.after(self._topics, self._place)
            if events or self._greeting:
                greeting, self._greeting = self._greeting, b""
                return greeting + b"".join(events)
            left_s = until_s - monotonic()
            if left_s <= 0.0:
                return None
            board = self._shared.board
            await board.wait_newer(board.sequence, left_s)


def events_router(stopping: asyncio.Event) -> APIRouter:
    """The stream of each site; it ends when ``stopping`` is set."""
    router = site_router("live")
    shared: dict[tuple[str, ...], SharedTopics] = {}

    @router.get("/events", dependencies=EVERYBODY, responses=_RESPONSES, response_class=Response)
    async def follow_events(
        request: Request, here: Here, who: Who, topics: str | None = None
    ) -> EventStream:
        """What changed, as server-sent events: first all items of each topic, then those that did.

        ``topics`` are names with commas between: status, kpis, points, devices, verdicts,
        breaches, flow, series, standing; by default all that the visitor may see. With
        ``Last-Event-ID`` only what changed since is sent, as long as it is remembered.
        """
        asked, viewer = _asked(topics, here, who), viewer_of(here, who)
        if viewer.key not in shared:
            shared[viewer.key] = SharedTopics(here.board, viewer.shown)
        place = place_of(request.headers.get("last-event-id"))
        reader = TopicReader(shared[viewer.key], asked, place)
        return EventStream(reader, stopping, request.headers)

    return router


def _asked(topics: str | None, here: ServedSite, who: Visitor) -> list[Topic]:
    """Those of a request. One that the visitor may see nothing of is refused when it is named."""
    needed = {topic: here.site.disclosure.least(matter) for topic, matter in MATTERS.items()}
    if topics is None:
        clearance = who.clearance(here.id)
        return [one for one in Topic if one not in needed or needed[one] <= clearance]
    try:
        asked = list(dict.fromkeys(Topic(name.strip()) for name in topics.split(",")))
    except ValueError as error:
        raise ApiProblem(
            422, "topic_unknown", "No such topic", str(error), f"use some of {', '.join(Topic)}"
        ) from error
    for one in asked:
        if one in needed:
            require(who, here, needed[one], one.value)
    return asked
