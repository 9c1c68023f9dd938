"""What routes ask of the store, as narrow Protocols. Every method raises StoreAway."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from charter_rules.breaches.actions import Done
from charter_rules.breaches.state import Breach
from models.kpi.result import KpiResult
from service.access.visitor import Visitor
from service.evaluation.closed_periods import ClosedSpan, KnownResult
from service.evaluation.ports import RolledReadings, RollupSpan
from service.evaluation.recorded import Reach, RecordedPoint, RecordedReadings
from service.evidence.chain import ChainEntry, Head
from service.explain.figure import FigureExplanation
from service.explain.point import PointExplanation
from service.storage.breach_trail import TrailEntry
from service.storage.charges import ChargeKind, StoredCharge
from service.storage.importer import ImportRow
from service.storage.journal_book import JournalAsked, JournalEntry


class PointPastReader(Protocol):
    """Reads the stored past of points, a page at a time."""

    async def point(self, key: str) -> RecordedPoint | None:
        """A point that was ever recorded; None where none was."""
        ...

    async def reach(self) -> Reach:
        """How far back single readings go, and how far the hours have come."""
        ...

    async def readings(
        self, key: str, start: datetime, end: datetime, limit: int
    ) -> RecordedReadings:
        """At most so many readings in ``[start, end)``, the earliest."""
        ...

    async def rollups(
        self, key: str, span: RollupSpan, period: tuple[datetime, datetime], limit: int
    ) -> list[RolledReadings]:
        """What it showed in each span that begins in a period; nothing for an unknown point."""
        ...

    async def steps(
        self, key: str, start: datetime, end: datetime, step: timedelta
    ) -> list[RolledReadings]:
        """The same in each step since 1970, from the readings; steps without any are left out."""
        ...


class PeriodMeasurer(Protocol):
    """Measures the KPIs of a written period."""

    async def kpis_over(self, text: str, now: datetime) -> tuple[KpiResult, ...]:
        """The KPIs of the period as far as it is over; raises PeriodError, too."""
        ...


class ResultReader(Protocol):
    """Reads the KPIs of closed periods."""

    async def results(
        self,
        kpi: str,
        span: ClosedSpan,
        period: tuple[datetime, datetime],
        *,
        known_at: datetime | None,
        limit: int,
    ) -> list[KnownResult]:
        """Those that start in a period, as known at an instant, or all that ever were."""
        ...


class BreachStore(Protocol):
    """The stored breaches of a site; raises StoreUnreachableError."""

    async def page(
        self, rules: Collection[str] | None, state: str | None, first: str | None, limit: int
    ) -> list[Breach]:
        """At most so many, the newest first, from one on; raises NoSuchBreach."""
        ...

    async def one(self, breach_id: str) -> Breach | None:
        """One breach; None where there is none of that name."""
        ...

    async def trail(self, breach_id: str | None = None) -> list[TrailEntry]:
        """The audit trail of one breach."""
        ...

    async def act(self, breach_id: str, action: Callable[[Breach], Done]) -> Breach:
        """Apply what a person does; raises NoSuchBreach and ActionRefused, too."""
        ...


class ChargeBook(Protocol):
    """Who answers for which device or alarm of a site."""

    async def charges(
        self, *, standing: bool, before: int | None, limit: int
    ) -> list[StoredCharge]:
        """The newest first: all that ever were, or those that stand."""
        ...

    async def take(
        self, kind: ChargeKind, subject: str, who: Visitor, note: str, at: datetime
    ) -> StoredCharge:
        """Answer for something; whoever did before no longer does."""
        ...

    async def end(self, kind: ChargeKind, subject: str, who: Visitor, at: datetime) -> bool:
        """Nobody answers for it any more; whether somebody did."""
        ...


class JournalReader(Protocol):
    """What happened at a site."""

    async def happened(self, asked: JournalAsked) -> list[JournalEntry]:
        """A part of it, the newest first."""
        ...


class ChainReader(Protocol):
    """Reads the chain of one site."""

    async def head(self) -> Head:
        """The newest entry; seq 0 before the first."""
        ...

    async def entries(self, since: int, limit: int) -> Sequence[ChainEntry]:
        """Entries from a number on, in order."""
        ...

    async def verdicts(
        self, rules: Collection[str] | None, since: datetime, after: int, limit: int
    ) -> Sequence[ChainEntry]:
        """Verdicts of some rules, or of all, after an entry, in order."""
        ...


class ImportReader(Protocol):
    """Reads the log of imports of one site."""

    async def after(self, number: int, limit: int) -> list[ImportRow]:
        """Imports after a number, oldest first."""
        ...


class PackMaker(Protocol):
    """Makes evidence packs, one at a time."""

    async def pack(self, rule: str) -> bytes:
        """A signed pack of the verdict on a rule now, packed with gzip; raises PackRefused."""


class Explainer(Protocol):
    """Explains figures and points of the site; each figure is measured again."""

    async def figure_shown(self, result: KpiResult) -> FigureExplanation | None:
        """A figure of the snapshot, over its very window."""
        ...

    async def figure_over(self, kpi: str, period: str, now: datetime) -> FigureExplanation | None:
        """A KPI over a written period; raises PeriodError, None where it is not given for it."""
        ...

    async def points(self, keys: Sequence[str]) -> list[PointExplanation]:
        """Those of some points that the site has."""
        ...
