"""``boucle serve`` on a database with something of everything, and somebody of every role."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import BreachPolicy
from service.access.roles import ACTIONS, Role
from service.access.visitor import Grant, Visitor
from service.accounts.api_tokens import TokenScope
from service.breaches.keeper import BreachKeeper
from service.collection import point_specs
from service.evaluation.closed_periods import ClosedPeriods
from service.evidence.keys import SigningKey, load_or_create
from service.storage.breaches import StoredBreaches
from service.storage.charges import ChargeKind, StoredCharges
from service.storage.connection import Pool, connected, open_pool
from service.storage.history import StoredHistory
from service.storage.kpi_results import StoredKpis
from service.storage.lease import Held
from service.storage.migrate import migrate
from service.storage.points import register_points
from service.storage.rollups import roll_all
from service.storage.snapshots import SnapshotWriter
from service.storage.writer import write_batch
from tests.service.evaluation.test_evaluator import SITE, PlantHistory
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.storage.batches import batch_of
from tests.service.storage.breach_findings import FACTS, findings
from tests.service.storage.office import BY, PASSWORD, Clock, open_office
from tests.service.storage.site_processes import SiteProcess

# What the plant showed then is stored: two legal days and some hours.
START = datetime(2026, 10, 30, 23, tzinfo=UTC)
END = datetime(2026, 11, 2, 2, tzinfo=UTC)
# When its rule was in force.
_BREACH_FROM = datetime(2026, 11, 20, tzinfo=UTC)
SITE_ID = SITE.identity.id
_BOOK = load_rulebook()
_SOON = BreachPolicy(opens_after_hours=24.0, closes_after_hours=24.0, remediation_days=60)
_WATER = replace(
    _BOOK, rules=tuple(replace(one, breach=_SOON) for one in _BOOK.rules if one.id == "paris_wue")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """A login name and a token of each role but the public; one password for all."""

    logins: Mapping[Role, str]
    tokens: Mapping[Role, str]
    password: str = PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSite:
    """The process, and who may ask it."""

    process: SiteProcess
    people: People

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.process.port}"

    def headers_of(self, role: Role) -> dict[str, str]:
        """What a program of somebody of a role sends along."""
        if role is Role.PUBLIC:
            return {}
        return {"Authorization": f"Bearer {self.people.tokens[role]}"}


# What is asked for a thousand times in a row is not to be refused for that.
_FREE: Final = {"BOUCLE_REQUESTS_PER_MINUTE": "0", "BOUCLE_STREAMS_PER_ADDRESS": "0"}
_STARTS_WITHIN_S: Final = 60.0


@contextmanager
def serve_whole(url: str) -> Iterator[WholeSite]:
    """The site on an empty database."""
    with TemporaryDirectory(prefix="boucle-test-", dir="/tmp") as name:
        folder = Path(name)
        people = asyncio.run(_make(url, folder))
        process = SiteProcess("serve", url, folder, **_FREE)
        try:
            process.until("a page", lambda: process.get("/en/")[0] == 200, _STARTS_WITHIN_S)
            yield WholeSite(process=process, people=people)
        finally:
            process.stop()


async def _make(url: str, folder: Path) -> People:
    async with connected(url) as conn:
        await migrate(conn)
    return await fill(url, folder)


async def fill(url: str, data_dir: Path) -> People:
    """Store something of everything in a migrated database."""
    key = load_or_create(data_dir / "signing.key")
    async with open_pool(url) as pool:
        await _past(pool)
        await _breach(pool, key)
        somebody = Visitor(account="somebody", name="Somebody")
        await StoredCharges(pool, SITE_ID).take(
            ChargeKind.DEVICE, "pdu_07", somebody, "on its way", datetime.now(UTC)
        )
    await _picture(url)
    async with open_office(url, Clock()) as office:
        logins: dict[Role, str] = {}
        tokens: dict[Role, str] = {}
        for role in Role:
            if role is Role.PUBLIC:
                continue
            taker = SITE.takers[0].id if role is Role.HEAT_TAKER else None
            site = None if role is Role.ADMINISTRATOR else SITE_ID
            logins[role] = await office.somebody(Grant(role=role, site=site, taker=taker))
            account = await office.tokens.account_of(logins[role])
            scope = TokenScope(
                name="tests", actions=ACTIONS[role], sites=None, lasts=timedelta(days=1)
            )
            tokens[role], _ = await office.tokens.create(BY, account, scope)
    return People(logins=logins, tokens=tokens)


async def _past(pool: Pool) -> None:
    """Registers every quarter of an hour, rolled up, and the KPIs of the days that are over."""
    counters = [one.key for one in SITE.points.values() if one.kind == "counter"]
    shown = await PlantHistory().samples(counters, START, END, timedelta(minutes=15))
    async with pool.acquire() as conn:
        ids = await register_points(conn, SITE_ID, point_specs(SITE))
        for key, one in shown.items():
            point = [ids[key]] * len(one)
            await write_batch(conn, batch_of(point, one.ts_us.tolist(), one.value.tolist()))
        await roll_all(conn)
    periods = ClosedPeriods(SITE, StoredHistory(pool, SITE_ID), StoredKpis(pool, SITE_ID))
    while await periods.step(END):
        pass


async def _breach(pool: Pool, key: SigningKey) -> None:
    """One that is open."""
    keeper = BreachKeeper(StoredBreaches(pool, SITE_ID, key), _WATER)
    for hour in range(26):
        now = _BREACH_FROM + timedelta(hours=hour)
        await keeper.observe(findings(_WATER, 0.6, now), FACTS, now)


async def _picture(url: str) -> None:
    """What the evaluation would have written last."""
    name = f"evaluate {SITE_ID}"
    async with connected(url) as conn:
        await conn.execute("insert into lease values ($1, 'us', 1, now(), 'infinity')", name)
    writer = SnapshotWriter(url, SITE_ID, Held(name, 1))
    await writer.publish(sample_snapshot(datetime.now(UTC)))
    await writer.close()
