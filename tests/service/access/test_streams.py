"""What is not for somebody is in no stream of theirs, and in no stream that they share."""

import json
from collections.abc import Iterator
from itertools import islice

import httpx
import pytest
from fastapi import Request

from models.site.disclosure import Confidentiality, Disclosure
from service.access.disclosed import DisclosedSnapshots
from service.access.roles import Role
from service.access.visitor import ANYBODY, Grant, Visitor
from service.api.events import SharedTopics
from service.api.topics import Topic
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from tests.service.application import API
from tests.service.pages.patched_page import events_of
from tests.service.pages.sample_snapshot import frozen_heat_meter, sample_snapshot
from tests.service.pages.serving import Served, served

_CLOSED = Disclosure(kpis={"pue": Confidentiality.PUBLIC})
_VISITORS = {
    "anybody": ANYBODY,
    "operator": Visitor(account="operator", grants=(Grant(role=Role.OPERATOR),)),
}


class _Asked:
    """Takes whoever the header names for who asks."""

    async def visitor(self, request: Request) -> Visitor:
        return _VISITORS[request.headers["who"]]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(sample_snapshot(), identifier=_Asked(), disclosure=_CLOSED) as server:
        yield server


def _told(
    server: Served, path: str, who: str, count: int, last_id: str = ""
) -> list[dict[str, str]]:
    headers = {"who": who, "Last-Event-ID": last_id}
    with httpx.stream("GET", server.url + path, headers=headers, timeout=20.0) as answer:
        return list(islice(events_of(answer.iter_lines()), count))


def test_the_page_that_streams_is_the_page_that_is_for_its_reader(server: Served) -> None:
    device = sample_snapshot().devices[0].label_fr
    for who, sees in (("operator", True), ("anybody", False), ("operator", True)):
        whole = _told(server, "/events?lang=fr", who, 2)[-1]
        page = httpx.get(f"{server.url}/fr/", headers={"who": who}).text
        assert whole["event"] == "main"
        assert whole["data"] in page
        assert (device in whole["data"]) is sees


def test_a_place_in_a_stream_leads_nobody_into_another(server: Served) -> None:
    operators = _told(server, "/events?lang=fr", "operator", 2)[-1]

    resumed = _told(server, "/events?lang=fr", "anybody", 2, operators["id"])[-1]

    assert resumed["event"] == "main"
    assert resumed["data"] != operators["data"]


def test_topics_are_those_that_a_visitor_may_see(server: Served) -> None:
    told = _told(server, f"{API}/events", "anybody", 3)
    kpis = json.loads(told[-1]["data"])["items"]

    assert [one.get("event") for one in told] == [None, "status", "kpis"]
    assert {one["kpi"] for one in kpis.values()} == {"pue"}
    assert json.loads(told[1]["data"])["items"][sample_snapshot().site.id]["pipeline"] is None
    assert len(_told(server, f"{API}/events", "operator", 10)) == 10


@pytest.mark.parametrize("topic", ["points", "devices", "verdicts", "breaches", "flow", "standing"])
def test_a_topic_that_is_not_for_a_visitor_is_refused_by_name(server: Served, topic: str) -> None:
    url = f"{server.url}{API}/events?topics=kpis,{topic}"
    answer = httpx.get(url, headers={"who": "anybody"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


def test_a_change_of_what_is_not_for_a_visitor_is_no_event() -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    cuts = DisclosedSnapshots(_CLOSED)

    def shown() -> LiveSnapshot | None:
        now = board.current
        return now and cuts.cut(now, Confidentiality.PUBLIC, frozenset())

    public, whole = SharedTopics(board, shown), SharedTopics(board, lambda: board.current)
    _, place = public.after([Topic.KPIS], None)
    _, operators = whole.after([Topic.KPIS], None)
    # The heat meter is no matter of the PUE.
    board.publish(frozen_heat_meter())

    assert public.after([Topic.KPIS], place)[0] == []
    assert len(whole.after([Topic.KPIS], operators)[0]) == 1
