"""Breaches in a real database: through restarts, beside people, and tampered with."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from charter_rules.breaches import actions
from charter_rules.breaches.actions import ActionRefused
from charter_rules.breaches.beginning import Beginning
from charter_rules.breaches.state import BreachState, Derogation
from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding, Verdict
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import BreachPolicy
from service.breaches.keeper import BreachKeeper
from service.evaluation.ports import StoreAway
from service.storage.breaches import NoSuchBreach, StoredBreaches
from service.storage.connection import Pool, connected, open_pool
from service.storage.migrate import MIGRATIONS, migrate
from tests.service.application import application, client_of
from tests.service.storage.breach_findings import FACTS, KEY, chain_fault
from tests.service.storage.breach_findings import findings as findings_of

START = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOOK = load_rulebook()
SLOW = BreachPolicy(opens_after_hours=24.0, closes_after_hours=24.0, remediation_days=60)
WATER = replace(
    BOOK, rules=tuple(replace(one, breach=SLOW) for one in BOOK.rules if one.id == "paris_wue")
)


def findings(wue: float | None, now: datetime) -> tuple[Finding, ...]:
    """What the charter says of a WUE; nothing measured when None."""
    return findings_of(WATER, wue, now)


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url) as pool:
        yield pool


@pytest.fixture
def site() -> str:
    """A site of its own for each test: the audit trail cannot be emptied."""
    return f"site_{uuid4().hex[:8]}"


async def live(
    pool: Pool, site: str, values: list[float | None], *, start: datetime = START
) -> BreachKeeper:
    """One finding an hour, through a keeper that is new each time: a restart an hour."""
    for hour, value in enumerate(values):
        keeper = BreachKeeper(StoredBreaches(pool, site, KEY), WATER)
        await keeper.observe(findings(value, start + hour * HOUR), FACTS, start + hour * HOUR)
    return keeper


@pytest.mark.asyncio
async def test_a_breach_lives_through_restarts(pool: Pool, site: str) -> None:
    store = StoredBreaches(pool, site, KEY)

    keeper = await live(pool, site, [0.6] * 25)
    (opened,) = keeper.current
    keeper = await live(pool, site, [None] * 30, start=START + 25 * HOUR)
    (silent,) = keeper.current
    keeper = await live(pool, site, [0.2] * 25, start=START + 55 * HOUR)
    (closed,) = keeper.current

    assert (opened.state, opened.began_at, opened.opened_at) == (
        BreachState.OPEN,
        START,
        START + 24 * HOUR,
    )
    assert silent.state is BreachState.OPEN
    assert (closed.state, closed.id) == (BreachState.RESOLVED, opened.id)
    assert [one.event.kind.value for one in await store.trail()] == ["began", "opened", "resolved"]
    assert await store.all() == [closed]


@pytest.mark.asyncio
async def test_missing_data_opens_nothing_and_a_short_breach_is_withdrawn(
    pool: Pool, site: str
) -> None:
    keeper = await live(pool, site, [None] * 5 + [0.6] * 5 + [None] * 40)
    assert [one.state for one in keeper.current] == [BreachState.PENDING]

    keeper = await live(pool, site, [0.2] * 25, start=START + 50 * HOUR)
    trail = await StoredBreaches(pool, site, KEY).trail()

    assert keeper.current == ()
    assert [one.event.kind.value for one in trail] == ["began", "withdrawn"]


@pytest.mark.asyncio
async def test_people_and_the_keeper_do_not_lose_each_others_change(pool: Pool, site: str) -> None:
    store = StoredBreaches(pool, site, KEY)
    (breach,) = (await live(pool, site, [0.6] * 25)).current
    keeper = BreachKeeper(store, WATER)
    later = START + 25 * HOUR

    await asyncio.gather(
        store.act(breach.id, partial(actions.acknowledge, who="A. Martin", why="seen", at=later)),
        *(
            keeper.observe(findings(0.7, later + n * HOUR), FACTS, later + n * HOUR)
            for n in range(8)
        ),
    )
    (after,) = await store.all()

    assert after.state is BreachState.ACKNOWLEDGED
    assert after.value == 0.7
    assert await chain_fault(pool, site) is None


@pytest.mark.asyncio
async def test_an_action_that_is_refused_writes_nothing(pool: Pool, site: str) -> None:
    store = StoredBreaches(pool, site, KEY)
    (pending,) = (await live(pool, site, [0.6])).current
    before = await store.trail()

    with pytest.raises(ActionRefused, match="is pending and cannot be acknowledged"):
        await store.act(pending.id, partial(actions.acknowledge, who="A", why="b", at=START + HOUR))
    with pytest.raises(NoSuchBreach, match="no breach 'nothing'"):
        await store.act("nothing", partial(actions.comment, who="A", why="b", at=START))

    assert await store.trail() == before
    assert await store.all() == [pending]


@pytest.mark.asyncio
async def test_a_rule_that_left_the_charter_closes_its_breach(pool: Pool, site: str) -> None:
    await live(pool, site, [0.6] * 25)
    keeper = BreachKeeper(StoredBreaches(pool, site, KEY), replace(WATER, rules=()))

    await keeper.observe((), FACTS, START + 30 * HOUR)
    trail = await StoredBreaches(pool, site, KEY).trail()

    assert trail[-1].event.kind.value == "no_longer_asked"


@pytest.mark.asyncio
async def test_the_trail_cannot_be_changed_and_shows_it_when_it_was(
    pool: Pool, site: str, database_url: str
) -> None:
    await live(pool, site, [0.6] * 25)
    async with connected(database_url) as conn:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="never changed"):
            await conn.execute("insert into breach_event select * from breach_event")
        await conn.execute("alter table evidence_chain disable trigger all")
        await conn.execute(
            "update evidence_chain set body = replace(body, 'opened', 'closed') "
            "where site = $1 and seq = 2",
            site,
        )
        assert "entry 2: its content" in str(await chain_fault(pool, site))
        await conn.execute("delete from evidence_chain where site = $1 and seq = 1", site)
        assert "entry 1 is missing" in str(await chain_fault(pool, site))
        await conn.execute("alter table evidence_chain enable trigger all")


@pytest.mark.asyncio
async def test_a_derogation_and_a_plan_survive_and_are_told_by_the_api(
    pool: Pool, site: str
) -> None:
    store = StoredBreaches(pool, site, KEY)
    (breach,) = (await live(pool, site, [0.6] * 25)).current
    at = START + 25 * HOUR
    given = Derogation(ground="L.236-2", until=date(2026, 12, 31), document="letter")
    await store.act(breach.id, lambda b: actions.plan(b, "new nozzles", "A. Martin", "due", at))
    await store.act(breach.id, lambda b: actions.justify(b, given, "B. Roux", "granted", at))
    app = application(breaches=store)
    async with client_of(app) as client:
        listed = (
            await client.get("/api/v1/sites/chapelle_international/breaches?state=justified")
        ).json()["items"]
        one = (
            await client.get(f"/api/v1/sites/chapelle_international/breaches/{breach.id}")
        ).json()
        none = await client.get("/api/v1/sites/chapelle_international/breaches/nothing")

    assert [found["id"] for found in listed] == [breach.id]
    assert one["derogation"] == {
        "ground": "L.236-2",
        "until": "2026-12-31",
        "document": "letter",
    }
    assert one["plan"] == "new nozzles"
    assert (one["began_at"], one["noticed_at"]) == ("2026-12-01T00:00:00Z",) * 2
    assert (one["preceded_by"], one["may_be_older"]) == (None, True)
    assert [event["kind"] for event in one["events"]] == ["began", "opened", "planned", "justified"]
    # Names of people are not for the public.
    assert [event["who"] for event in one["events"]] == ["boucle", "boucle", None, None]
    assert (await store.trail(breach.id))[3].event.who == "B. Roux"
    assert (none.status_code, none.json()["code"]) == (404, "breach_not_found")


@dataclass
class _Looked:
    """A past that shows every breach since a week, and notes what it is asked."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    error: Exception | None = None

    async def beginnings(
        self, findings: Sequence[Finding], facts: SiteFacts, now: datetime
    ) -> dict[str, Beginning]:
        assert facts is FACTS
        self.asked.append(tuple(one.rule_id for one in findings))
        if self.error is not None:
            raise self.error
        began = Beginning(at=now - timedelta(days=7), preceded_by=Verdict.COMPLIANT)
        return {one.rule_id: began for one in findings}


@pytest.mark.asyncio
async def test_the_past_is_asked_once_when_a_breach_begins(pool: Pool, site: str) -> None:
    past = _Looked()
    keeper = BreachKeeper(StoredBreaches(pool, site, KEY), WATER, past)
    for hour, value in enumerate([0.2, 0.6, 0.6, None, 0.6]):
        now = START + hour * HOUR
        await keeper.observe(findings(value, now), FACTS, now)

    (breach,) = keeper.current
    assert past.asked == [("paris_wue",)]
    assert breach.noticed_at == START + HOUR
    assert breach.began_at == breach.noticed_at - timedelta(days=7)
    assert (breach.preceded_by, breach.may_be_older) == (Verdict.COMPLIANT, False)


@pytest.mark.asyncio
async def test_a_breach_waits_for_a_store_that_is_away_and_not_for_a_past_that_is_slow(
    pool: Pool, site: str
) -> None:
    past = _Looked(error=StoreAway("no answer"))
    keeper = BreachKeeper(StoredBreaches(pool, site, KEY), WATER, past)

    await keeper.observe(findings(0.6, START), FACTS, START)
    assert not keeper.current
    past.error = TimeoutError()
    await keeper.observe(findings(0.6, START + HOUR), FACTS, START + HOUR)

    (breach,) = keeper.current
    assert (breach.began_at, breach.noticed_at) == (START + HOUR, START + HOUR)
    assert breach.may_be_older


@pytest.mark.asyncio
async def test_a_breach_of_before_was_noticed_when_it_was_first_recorded(
    empty_url: str, tmp_path: Path, site: str
) -> None:
    older = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, older)
    [noticed] = older.glob("*_breach_noticed.sql")
    for later in older.glob("*.sql"):
        if later.name >= noticed.name:
            later.unlink()
    body = {
        "id": "a-1",
        "rule_id": "a",
        "rule_version": 1,
        "state": "pending",
        "began_at": START.isoformat(),
        "last_at": (START + HOUR).isoformat(),
        "last_verdict": "breach",
    }
    async with connected(empty_url) as conn:
        await migrate(conn, folder=older)
        await conn.execute(
            "insert into breach values ($1, 'a-1', 'a', 'pending', $2, $3)",
            *(site, START, json.dumps(body)),
        )
        await migrate(conn)
        column = await conn.fetchval("select noticed_at from breach where site = $1", site)

    async with open_pool(empty_url) as pool:
        (breach,) = await StoredBreaches(pool, site, KEY).all()
    assert column == breach.noticed_at == breach.began_at == START
    assert breach.may_be_older


@pytest.mark.asyncio
async def test_a_store_that_is_away_is_waited_for() -> None:
    async with open_pool("postgresql://nobody@127.0.0.1:1/none") as pool:
        keeper = BreachKeeper(StoredBreaches(pool, "away", KEY), WATER)

        await keeper.observe(findings(0.6, START), FACTS, START)

    assert keeper.current == ()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/sites/chapelle_international/breaches",
        "/api/v1/sites/chapelle_international/breaches/one",
    ],
)
async def test_the_api_says_that_the_store_is_away(path: str) -> None:
    async with open_pool("postgresql://nobody@127.0.0.1:1/none") as pool:
        app = application(breaches=StoredBreaches(pool, "away", KEY))
        async with client_of(app) as client:
            answer = await client.get(path)

    assert answer.status_code == 503
    assert answer.json()["remedy"]


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_nothing_is_written_over_http(pool: Pool, site: str, method: str) -> None:
    app = application(breaches=StoredBreaches(pool, site, KEY))
    async with client_of(app) as client:
        for path in (
            "/api/v1/sites/chapelle_international/breaches",
            "/api/v1/sites/chapelle_international/breaches/one",
        ):
            assert (await client.request(method, path)).status_code == 405
