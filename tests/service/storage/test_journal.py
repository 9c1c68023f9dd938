"""The journal in its table: nothing lost, nothing doubled, to each what it may see."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from models.site.disclosure import OPEN, Confidentiality, Disclosure
from service.evaluation.ports import StoreAway
from service.journal.happening import Happening, HappeningKind
from service.journal.keeping import JournalKeeper
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.storage.connection import Pool, open_pool
from service.storage.journal_book import JournalBook
from tests.service.access.someone import ByHeader
from tests.service.application import API, application, client_of
from tests.service.journal.test_watching import picture
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.storage.test_breach_actions import VISITORS

AT = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
PUBLIC_RULE, SECRET_RULE = (
    next(one.rule_id for one in sample_snapshot().findings if one.kpi_id == kpi)
    for kpi in ("pue", "wue")
)
NIGHT = (
    Happening(at=AT, kind=HappeningKind.DEVICE, subject="pdu_07", before="ok", after="lost"),
    Happening(
        at=AT + timedelta(minutes=1),
        kind=HappeningKind.CHARGE,
        subject="pdu_07",
        after="taken",
        why={"name": "A. Martin", "note": "é"},
    ),
    Happening(
        at=AT + timedelta(minutes=2), kind=HappeningKind.VERDICT, subject=PUBLIC_RULE, after="b"
    ),
    Happening(
        at=AT + timedelta(minutes=3), kind=HappeningKind.VERDICT, subject=SECRET_RULE, after="b"
    ),
)


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url) as pool:
        yield pool


@pytest.fixture
def book(pool: Pool) -> JournalBook:
    return JournalBook(pool, f"site_{uuid4().hex[:8]}")


async def read(
    book: JournalBook, query: str = "", *, who: str = "operator", disclosure: Disclosure = OPEN
) -> tuple[list[dict[str, object]], str | None]:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    app = application(board, journal=book, identifier=ByHeader(VISITORS), disclosure=disclosure)
    async with client_of(app) as client:
        answer = await client.get(f"{API}/journal{query}", headers={"who": who})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"], answer.json()["next"]


@pytest.mark.asyncio
async def test_what_was_written_is_told_once_the_newest_first(book: JournalBook) -> None:
    await book.add(NIGHT)
    await book.add(NIGHT)
    items, after = await read(book)
    assert [one["after"] for one in items] == ["b", "b", "taken", "lost"]
    assert after is None
    assert items[2]["why"] == {"name": "A. Martin", "note": "é"}
    page, cursor = await read(book, "?limit=3")
    rest, end = await read(book, f"?limit=3&cursor={cursor}")
    assert (page + rest, end) == (items, None)
    assert [one["kind"] for one in (await read(book, "?kind=device&kind=charge"))[0]] == [
        "charge",
        "device",
    ]
    assert len((await read(book, "?since=2026-11-28T02:02:00Z"))[0]) == 2
    assert len((await read(book, "?subject=pdu_07"))[0]) == 2


@pytest.mark.asyncio
async def test_each_sees_what_is_for_them(book: JournalBook) -> None:
    await book.add(NIGHT)
    shut = Disclosure(kpis={"pue": Confidentiality.PUBLIC})
    assert (await read(book, who="anybody", disclosure=shut))[0] == []
    by_planner = (await read(book, who="planner", disclosure=shut))[0]
    assert {one["kind"] for one in by_planner} == {"verdict"}
    assert len((await read(book, disclosure=shut))[0]) == 4
    # Rules whose figure is not public are not told of where the others are.
    some = replace(OPEN, kpis={"wue": Confidentiality.AUTHORITY})
    told = (await read(book, who="anybody", disclosure=some))[0]
    assert [one["subject"] for one in told] == [PUBLIC_RULE, "pdu_07", "pdu_07"]
    assert told[1]["why"] == {}


class _Away:
    """A store that is away at first, and pictures that go nowhere."""

    def __init__(self, book: JournalBook) -> None:
        self._book, self.is_away = book, True

    async def add(self, happenings: Sequence[Happening]) -> None:
        if self.is_away:
            raise StoreAway
        await self._book.add(happenings)

    async def publish(self, snapshot: LiveSnapshot) -> None:
        if self.is_away:
            raise StoreAway


@pytest.mark.asyncio
async def test_what_happened_while_the_database_was_away_is_written_when_it_is_back(
    book: JournalBook,
) -> None:
    store, stop = _Away(book), asyncio.Event()
    keeper = JournalKeeper(store, store, picture())
    task = asyncio.create_task(keeper.run(stop))
    with pytest.raises(StoreAway):
        await keeper.publish(replace(picture(1), store_reachable=False))
    store.is_away = False
    await keeper.publish(picture(60))
    stop.set()
    await task
    told = [(one["kind"], one["after"]) for one in (await read(book))[0]]
    assert told == [("database", "there"), ("database", "away"), ("evaluation", "began")]
