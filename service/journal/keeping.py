"""Writes down what happened, beside the pictures; a database that is away loses none of it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from service.evaluation.ports import SnapshotOutlet, StoreAway
from service.journal.happening import Happening
from service.journal.watching import Watch
from service.live.snapshot import LiveSnapshot

log = structlog.get_logger(__name__)

_EVERY_S: Final = 1.0
# A plant whose every device comes and goes each minute fills it in hours.
_MOST_WAITING: Final = 20_000
_AT_ONCE: Final = 1_000


class JournalStore(Protocol):
    """Where the journal is kept."""

    async def add(self, happenings: Sequence[Happening]) -> None:
        """Write some down; those that are there already once. Raises StoreAway."""
        ...


class JournalKeeper:
    """Stands between the evaluation and where its pictures go."""

    def __init__(
        self, outlet: SnapshotOutlet, store: JournalStore, before: LiveSnapshot | None
    ) -> None:
        self._outlet, self._store, self._watch = outlet, store, Watch(before)
        self._waiting: deque[Happening] = deque()
        self._lost = 0

    async def publish(self, snapshot: LiveSnapshot) -> None:
        """Note what happened, and hand the picture on."""
        for one in self._watch.see(snapshot):
            if len(self._waiting) >= _MOST_WAITING:
                self._lost += 1
            else:
                self._waiting.append(one)
        await self._outlet.publish(snapshot)

    async def run(self, stop: asyncio.Event) -> None:
        """Write down what waits, until told to stop; then what still waits, once."""
        while not stop.is_set():
            await self._write()
            try:
                await asyncio.wait_for(stop.wait(), _EVERY_S)
            except TimeoutError:
                continue
        await self._write()

    async def _write(self) -> None:
        while self._waiting:
            some = [self._waiting[place] for place in range(min(len(self._waiting), _AT_ONCE))]
            try:
                await self._store.add(some)
            except StoreAway:
                # The evaluation says so itself.
                return
            for _ in some:
                self._waiting.popleft()
        if self._lost:
            log.error("journal_full", happenings_lost=self._lost)
            self._lost = 0
