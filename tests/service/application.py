"""The application as ``boucle serve`` builds it, on stores a test gives or on one with nothing."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import numpy as np
from fastapi import FastAPI

from charter_rules.breaches.actions import Done
from charter_rules.breaches.state import Breach
from models.kpi.result import KpiResult
from models.legal_time.periods import parse_period
from models.site.disclosure import OPEN, Disclosure
from service.access.roles import Role
from service.access.visitor import Visitor
from service.accounts.api_tokens import ApiTokens
from service.accounts.directory import Directory
from service.accounts.hashing import PasswordHashes
from service.accounts.people import People
from service.accounts.signing_in import SigningIn
from service.accounts.store import AccountStore
from service.api.caller import Callers
from service.api.permissions import Identifier
from service.api.readers import (
    BreachStore,
    ChainReader,
    ChargeBook,
    Explainer,
    ImportReader,
    JournalReader,
    PackMaker,
    PeriodMeasurer,
    PointPastReader,
    ResultReader,
)
from service.api.served import ServedSite, StoreReaders
from service.app import create_app
from service.deployment import Deployment
from service.evaluation.closed_periods import ClosedSpan, KnownResult
from service.evaluation.ports import RolledReadings, RollupSpan, StoreAway
from service.evaluation.recorded import Reach, RecordedPoint, RecordedReadings
from service.evidence.chain import ChainEntry, Head
from service.evidence.keys import SigningKey
from service.explain.figure import FigureExplanation
from service.explain.point import PointExplanation
from service.live.board import SnapshotBoard
from service.pack_desk import PackRefused
from service.storage.audit import Audit, AuditPolicy
from service.storage.breach_trail import TrailEntry
from service.storage.breaches import NoSuchBreach
from service.storage.charges import ChargeKind, StoredCharge
from service.storage.connection import Pool
from service.storage.importer import ImportRow
from service.storage.journal_book import JournalAsked, JournalEntry
from tests.service.pages.sample_snapshot import sample_site

# The routes of the sample site.
API = f"/api/v1/sites/{sample_site().identity.id}"
KEY = SigningKey.from_seed(bytes(32)).public


NO_READINGS = RecordedReadings(
    ts_us=np.zeros(0, np.int64),
    value=np.zeros(0),
    quality=np.zeros(0, np.int16),
    origin=np.zeros(0, np.int16),
)


class EmptyStore:
    """A site of which nothing was stored yet."""

    async def point(self, key: str) -> RecordedPoint | None:
        return None

    async def reach(self) -> Reach:
        return Reach(
            readings_from=datetime(1970, 1, 1, tzinfo=UTC),
            hours_upto=datetime(1970, 1, 1, tzinfo=UTC),
        )

    async def readings(
        self, key: str, start: datetime, end: datetime, limit: int
    ) -> RecordedReadings:
        return NO_READINGS

    async def rollups(
        self, key: str, span: RollupSpan, period: tuple[datetime, datetime], limit: int
    ) -> list[RolledReadings]:
        return []

    async def steps(
        self, key: str, start: datetime, end: datetime, step: timedelta
    ) -> list[RolledReadings]:
        return []

    async def kpis_over(self, text: str, now: datetime) -> tuple[KpiResult, ...]:
        parse_period(text, now)
        return ()

    async def results(
        self,
        kpi: str,
        span: ClosedSpan,
        period: tuple[datetime, datetime],
        *,
        known_at: datetime | None,
        limit: int,
    ) -> list[KnownResult]:
        return []

    async def page(
        self, rules: Collection[str] | None, state: str | None, first: str | None, limit: int
    ) -> list[Breach]:
        if first is not None:
            raise NoSuchBreach(first)
        return []

    async def one(self, breach_id: str) -> Breach | None:
        return None

    async def trail(self, breach_id: str | None = None) -> list[TrailEntry]:
        return []

    async def figure_shown(self, result: KpiResult) -> FigureExplanation | None:
        return None

    async def figure_over(self, kpi: str, period: str, now: datetime) -> FigureExplanation | None:
        parse_period(period, now)
        return None

    async def points(self, keys: Sequence[str]) -> list[PointExplanation]:
        return []

    async def act(self, breach_id: str, action: Callable[[Breach], Done]) -> Breach:
        raise NoSuchBreach(breach_id)

    async def charges(
        self, *, standing: bool, before: int | None, limit: int
    ) -> list[StoredCharge]:
        return []

    async def take(
        self, kind: ChargeKind, subject: str, who: Visitor, note: str, at: datetime
    ) -> StoredCharge:
        raise StoreAway

    async def end(self, kind: ChargeKind, subject: str, who: Visitor, at: datetime) -> bool:
        return False

    async def happened(self, asked: JournalAsked) -> list[JournalEntry]:
        return []

    def get_size(self) -> int:
        return 3

    def get_idle_size(self) -> int:
        return 1

    def get_max_size(self) -> int:
        return 5

    async def head(self) -> Head:
        return Head()

    async def entries(self, since: int, limit: int) -> Sequence[ChainEntry]:
        return []

    async def verdicts(
        self, rules: Collection[str] | None, since: datetime, after: int, limit: int
    ) -> Sequence[ChainEntry]:
        return []

    async def after(self, number: int, limit: int) -> list[ImportRow]:
        return []

    async def pack(self, rule: str) -> bytes:
        msg = "there is nothing to prove"
        raise PackRefused(msg)


class _AwayPool:
    """A database that does not answer."""

    def acquire(self, *, timeout: float) -> object:
        raise OSError("nobody listens")


def nobody() -> People:
    """Accounts whose database is away: everybody is somebody who did not sign in."""
    store = AccountStore(pool=cast("Pool", _AwayPool()), audit=Audit(AuditPolicy()))
    hashes = PasswordHashes()
    return People(
        signing_in=SigningIn(store, hashes),
        directory=Directory(store, hashes),
        tokens=ApiTokens(store),
    )


def application(
    board: SnapshotBoard | None = None,
    *,
    points: PointPastReader | None = None,
    measurer: PeriodMeasurer | None = None,
    results: ResultReader | None = None,
    breaches: BreachStore | None = None,
    chain: ChainReader | None = None,
    imports: ImportReader | None = None,
    packs: PackMaker | None = None,
    people: People | None = None,
    demo_roles: Collection[Role] = (),
    charges: ChargeBook | None = None,
    journal: JournalReader | None = None,
    explainer: Explainer | None = None,
    stop: asyncio.Event | None = None,
    identifier: Identifier | None = None,
    disclosure: Disclosure = OPEN,
    deployment: Deployment | None = None,
    known_for_s: float = 0.0,
) -> FastAPI:
    here = ServedSite(
        site=replace(sample_site(), disclosure=disclosure),
        board=board or SnapshotBoard(),
        store=StoreReaders(
            points=points or EmptyStore(),
            measurer=measurer or EmptyStore(),
            results=results or EmptyStore(),
            breaches=breaches or EmptyStore(),
            chain=chain or EmptyStore(),
            imports=imports or EmptyStore(),
            packs=packs or EmptyStore(),
            charges=charges or EmptyStore(),
            journal=journal or EmptyStore(),
            explainer=explainer or EmptyStore(),
            connections=EmptyStore(),
        ),
    )
    return create_app(
        here,
        identifier=identifier or Callers(),
        key=KEY,
        people=people or nobody(),
        deployment=deployment or Deployment(),
        demo_roles=demo_roles,
        known_for_s=known_for_s,
        stop=stop,
    )


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client that reaches the application without a socket."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://boucle")
