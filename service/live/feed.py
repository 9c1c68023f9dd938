"""Brings the newest snapshot from the database to the board, and lets the last one age."""

import asyncio
from time import monotonic
from typing import Final, Protocol

import structlog

from models.site.site import Site
from service.evaluation.aging import aged
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.storage.errors import StoreUnreachableError
from service.storage.snapshots import Look

log = structlog.get_logger(__name__)

# News are announced; this is for those that were not heard, and for what grows old.
_LOOK_EVERY_S: Final = 1.0
# The evaluation writes each second. A little later is no matter, and not worth another picture.
_AGES_AFTER_S: Final = 2.0
# Three looks back over the long windows may be late before the evaluation is said to be.
LATE_AFTER_S: Final = 10.0

DATABASE: Final = "database"
EVALUATION: Final = "evaluation"


class SnapshotSource(Protocol):
    """Where snapshots come from."""

    async def look(self) -> Look:
        """The newest one; raises StoreUnreachableError within some seconds."""
        ...

    async def wait(self, at_most_s: float) -> None:
        """Until there is a newer one, or so long."""
        ...


class SnapshotFeed:
    """Owns the board of a server."""

    def __init__(self, site: Site, source: SnapshotSource, board: SnapshotBoard) -> None:
        self._site, self._source, self._board = site, source, board
        self._last: LiveSnapshot | None = None
        # When the last one was written, on this process's own clock.
        self._written_at_s = 0.0
        self._late: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Show what is newest until told to stop; SchemaError ends it."""
        while not stop.is_set():
            await self.step()
            await self._source.wait(_LOOK_EVERY_S)

    async def step(self) -> None:
        """One look, and what it shows."""
        try:
            look = await self._source.look()
        except StoreUnreachableError as error:
            self._tell(DATABASE, str(error))
            self._show_old(None, store_reachable=False)
            return
        if look.snapshot is not None and look.snapshot is not self._last:
            self._last = look.snapshot
            self._written_at_s = monotonic() - (look.evaluation_age_s or 0.0)
        if self._last is not None and look.lacking is None and self._age_s <= _AGES_AFTER_S:
            self._tell(None, "")
            if self._board.current is not self._last:
                self._board.publish(self._last)
            return
        lacking = look.lacking
        if lacking is None and self._age_s > LATE_AFTER_S:
            lacking = f"the evaluation has written nothing for {LATE_AFTER_S:.0f} s"
        self._tell(None if lacking is None else EVALUATION, lacking or "")
        self._show_old(look.collector_age_s, store_reachable=True)

    @property
    def _age_s(self) -> float:
        return monotonic() - self._written_at_s

    def _show_old(self, collector_age_s: float | None, *, store_reachable: bool) -> None:
        if self._last is None:
            return
        self._board.publish(
            aged(
                self._last,
                self._site,
                self._age_s,
                store_reachable=store_reachable,
                evaluation_up=self._age_s <= LATE_AFTER_S,
                collector_age_s=collector_age_s,
            )
        )

    def _tell(self, part: str | None, reason: str) -> None:
        """Say once that a part is late, and once that it is back."""
        self._board.waiting_for = None if part is None else (part, reason)
        if part == self._late:
            return
        if part is None:
            log.info("figures_current")
        else:
            log.warning("figures_late", part=part, reason=reason)
        self._late = part
