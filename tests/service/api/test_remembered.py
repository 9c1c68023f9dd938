"""What is answered from a snapshot is made once, for nobody who may not see it, and never kept."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from models.site.disclosure import Confidentiality, Disclosure, Matter
from service.access.roles import Role
from service.access.visitor import ANYBODY, Grant, Visitor
from service.live.board import SnapshotBoard
from service.live.remembered import RememberedOfNewest
from tests.service.access.someone import ByHeader
from tests.service.application import API, application, client_of
from tests.service.pages.sample_snapshot import sample_snapshot

pytestmark = pytest.mark.asyncio

_OPERATOR = Visitor(account="o", grants=(Grant(role=Role.OPERATOR),))
_PLANNER = Visitor(account="p", grants=(Grant(role=Role.PLANNER),))
_GUARDED = Disclosure(
    matters={
        **dict.fromkeys(Matter, Confidentiality.PUBLIC),
        Matter.POINT: Confidentiality.OPERATOR,
    },
    kpis={"wue": Confidentiality.AUTHORITY},
)


_PEOPLE = ByHeader({"anybody": ANYBODY, "planner": _PLANNER, "operator": _OPERATOR})


async def _kpis(client: httpx.AsyncClient, who: str) -> set[str]:
    answer = await client.get(f"{API}/kpis", headers={"who": who})
    assert answer.status_code == 200
    return {one["kpi"] for one in answer.json()}


@pytest.mark.parametrize(
    "order", [("anybody", "planner", "operator"), ("operator", "planner", "anybody")]
)
async def test_each_gets_what_they_may_see_whoever_asked_before(order: tuple[str, ...]) -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    app = application(board, identifier=_PEOPLE, disclosure=_GUARDED)
    pages: dict[str, set[str]] = {who: set() for who in order}
    async with client_of(app) as client:
        for _ in range(2):
            for who in order:
                assert ("wue" in await _kpis(client, who)) is (who != "anybody")
                points = await client.get(f"{API}/points", headers={"who": who})
                assert points.status_code == {"anybody": 401, "planner": 403, "operator": 200}[who]
                whole = await client.get(f"{API}/snapshot", headers={"who": who})
                assert bool(whole.json()["points"]) is (who == "operator")
                pages[who].add((await client.get("/en/", headers={"who": who})).text)
    # One for each, and none is another's.
    assert [len(one) for one in pages.values()] == [1, 1, 1]
    assert len(set.union(*pages.values())) == 3


async def test_the_next_snapshot_is_answered_at_once() -> None:
    board, now = SnapshotBoard(), sample_snapshot()
    board.publish(now)
    async with client_of(application(board)) as client:
        before = await client.get(f"{API}/snapshot")
        assert (await client.get(f"{API}/snapshot")).content == before.content
        page = (await client.get("/en/")).text
        assert (await client.get("/en/")).text == page
        later = replace(now, taken_at=now.taken_at + timedelta(hours=1))
        board.publish(later)
        after = await client.get(f"{API}/snapshot")
        assert after.json()["taken_at"] == later.taken_at.isoformat().replace("+00:00", "Z")
        assert after.headers["etag"] != before.headers["etag"]
        assert (await client.get("/en/")).text != page


async def test_packed_and_plain_are_the_same_answer_under_tags_of_their_own() -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    async with client_of(application(board)) as client:
        tags = set()
        for encoding in ("gzip", "identity") * 2:
            said = {"accept-encoding": encoding}
            answer = await client.get(f"{API}/points", headers=said)
            assert answer.headers.get("content-encoding", "identity") == encoding
            assert "Accept-Encoding" in answer.headers["vary"]
            assert len(answer.json()) == 410
            tags.add(answer.headers["etag"])
            said["if-none-match"] = answer.headers["etag"]
            same = await client.get(f"{API}/points", headers=said)
            assert (same.status_code, same.content) == (304, b"")
        assert len(tags) == 2


async def test_other_questions_have_other_answers() -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    async with client_of(application(board)) as client:
        for _ in range(2):
            pue = (await client.get(f"{API}/kpis?kpi=pue")).json()
            assert {one["kpi"] for one in pue} == {"pue"}
            assert len((await client.get(f"{API}/kpis")).json()) > len(pue)
            assert (await client.get(f"{API}/kpis?kpy=pue")).status_code == 422


async def test_what_is_remembered_is_bounded_and_of_the_newest_alone() -> None:
    board = SnapshotBoard()
    kept = RememberedOfNewest[str](board, most_bytes=10)
    kept.put("early", "nothing was published", 1)
    assert kept.get("early") is None
    board.publish(sample_snapshot())
    kept.put("a", "A", 4)
    kept.put("b", "B", 4)
    assert kept.get("a") == "A"
    kept.put("c", "C", 4)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("A", None, "C")
    kept.put("large", "L", 11)
    assert (kept.get("large"), kept.get("a")) == (None, "A")
    board.publish(replace(sample_snapshot(), points={}))
    assert kept.get("a") is None
