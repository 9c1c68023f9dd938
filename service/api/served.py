"""The sites that a server shows, and what its routes read of each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from charter_rules.breaches.state import Breach
from models.site.site import Site
from service.access.disclosed import DisclosedSnapshots, shown_breaches, shown_rules
from service.access.visitor import Visitor
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
from service.live.board import SnapshotBoard
from service.live.remembered import RememberedOfNewest
from service.live.snapshot import LiveSnapshot
from service.metrics.serving import ConnectionPool


@dataclass(frozen=True, slots=True)
class EncodedAnswer:
    """An answer as it is sent: its body, packed or not, and the headers that go with it."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReaders:
    """What routes read from the store when they are asked."""

    points: PointPastReader
    measurer: PeriodMeasurer
    results: ResultReader
    breaches: BreachStore
    chain: ChainReader
    imports: ImportReader
    packs: PackMaker
    charges: ChargeBook
    journal: JournalReader
    explainer: Explainer
    connections: ConnectionPool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSite:
    """One site: its newest snapshot, its past, and who may see what of it."""

    site: Site
    board: SnapshotBoard
    store: StoreReaders
    # Of the newest snapshot: answers of the API, and pages.
    answers: RememberedOfNewest[EncodedAnswer] = field(init=False)
    pages: RememberedOfNewest[str] = field(init=False)
    _disclosed: DisclosedSnapshots = field(init=False)

    def __post_init__(self) -> None:
        """Cut snapshots by what the site discloses, and remember what is made of the newest."""
        object.__setattr__(self, "answers", RememberedOfNewest(self.board))
        object.__setattr__(self, "pages", RememberedOfNewest(self.board))
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

    def rules_shown(self, visitor: Visitor) -> frozenset[str] | None:
        """The rules of the charter that a visitor may see; None for all that ever were."""
        now, clearance = self.board.current, visitor.clearance(self.id)
        findings = () if now is None else now.findings
        return shown_rules(findings, self.site.disclosure, clearance)

    def breaches_shown(self, breaches: Iterable[Breach], visitor: Visitor) -> Iterator[Breach]:
        """Those of some breaches that a visitor may see."""
        now, clearance = self.board.current, visitor.clearance(self.id)
        findings = () if now is None else now.findings
        return shown_breaches(breaches, findings, self.site.disclosure, clearance)


ServedSites = Mapping[str, ServedSite]
