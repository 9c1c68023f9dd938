"""The sites that a server shows, and what its routes read of each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from charter_rules.breaches.state import Breach
from models.site.site import Site
from service.access.disclosed import DisclosedSnapshots, shown_breaches
from service.access.visitor import Visitor
from service.api.readers import (
    BreachStore,
    ChainReader,
    ChargeBook,
    Explainer,
    HistoryReader,
    PeriodMeasurer,
    ResultReader,
    RollupReader,
)
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.metrics.serving import ConnectionPool


class StoredPast(HistoryReader, RollupReader, Protocol):
    """Reads the stored past of points: readings and roll-ups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReaders:
    """What routes read from the store when they are asked."""

    history: StoredPast
    measurer: PeriodMeasurer
    results: ResultReader
    breaches: BreachStore
    chain: ChainReader
    charges: ChargeBook
    explainer: Explainer
    connections: ConnectionPool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSite:
    """One site: its newest snapshot, its past, and who may see what of it."""

    site: Site
    board: SnapshotBoard
    store: StoreReaders
    _disclosed: DisclosedSnapshots = field(init=False)

    def __post_init__(self) -> None:
        """Cut snapshots by what the site discloses."""
        object.__setattr__(self, "_disclosed", DisclosedSnapshots(self.site.disclosure))

    @property
    def id(self) -> str:
        """Its name in addresses."""
        return self.site.identity.id

    def shown(self, visitor: Visitor) -> LiveSnapshot | None:
        """The newest snapshot as a visitor may see it; None before the first."""
        now = self.board.current
        if now is None:
            return None
        return self._disclosed.cut(now, visitor.clearance(self.id), visitor.takers(self.id))

    def is_cut(self, visitor: Visitor) -> bool:
        """Whether there is something that a visitor may not see."""
        return self.shown(visitor) is not self.board.current

    def breaches_shown(self, breaches: Iterable[Breach], visitor: Visitor) -> Iterator[Breach]:
        """Those of some breaches that a visitor may see."""
        now, clearance = self.board.current, visitor.clearance(self.id)
        findings = () if now is None else now.findings
        return shown_breaches(breaches, findings, self.site.disclosure, clearance)


ServedSites = Mapping[str, ServedSite]
