"""Readings from the collectors to the database, with a spool between.

``accept`` returns when the readings are durable on disk; a drain moves them on and deletes
them only after the database committed. Both sides may die at any moment: what was
acknowledged reaches the table, and reaches it once, because the table takes each
(point, time) only once.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog

from collectors.ports import Backlog
from models.readings import ReadingBatch
from service.storage.drain import Drain
from service.storage.errors import SpoolClosedError, SpoolError, SpoolWriteError
from service.storage.packed_batch import PackedBatch, pack
from service.storage.settings import SpoolSettings
from service.storage.spool import Spool, spooled_bytes
from service.storage.spool_thread import SpoolThread
from service.storage.spool_upgrade import upgrade_spool
from service.storage.store_guard import StoreGuard

_US_PER_S = 1_000_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterStats:
    """What a writer did and holds, in readings.

    Acknowledged and written count since start, the other totals since the spool exists; what was
    moved on but is not new, as after an answer that was lost, is ``already_there_total``.
    ``dropped_total`` went because the spool was full, ``lost_total`` with damaged bytes on disk;
    ``salvaged_total`` were found whole among those.
    """

    acknowledged_total: int
    written_total: int
    already_there_total: int
    spooled_rows: int
    spooled_bytes: int
    oldest_age_s: float | None
    database_up: bool
    dropped_total: int
    lost_total: int
    lost_bytes_total: int
    salvaged_total: int
    dead_letter_total: int
    # Why what answers at the database's address is not taken for the store; None when it is.
    store_replaced: str | None
    # Why the disk took nothing the last time; None when it did.
    disk_refused: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    packed: PackedBatch
    durable: asyncio.Future[None]


class SpooledWriter:
    """A :class:`collectors.ports.ReadingSink` that survives the loss of the database."""

    def __init__(
        self, dsn: str, spool: Spool, *, guard: StoreGuard, settings: SpoolSettings
    ) -> None:
        self._quota_bytes = settings.quota_bytes
        self._spool = SpoolThread(spool)
        self._drain = Drain(dsn, self._spool, guard=guard, settings=settings)
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._is_closing = False
        self._acknowledged_total = 0
        self._disk_refused: str | None = None

    async def accept(self, batch: ReadingBatch) -> None:
        """Return when the batch is durable: acknowledged.

        Raises
        ------
        SpoolError
            If it is not: the disk refused, or the writer is stopping.
        """
        if not len(batch):
            return
        if self._is_closing:
            msg = "the writer is stopping"
            raise SpoolClosedError(msg)
        packed = pack(batch)
        if spooled_bytes(packed.rows) > self._quota_bytes:
            msg = f"a batch of {len(batch)} readings alone exceeds the spool's quota"
            raise SpoolWriteError(msg)
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(packed=packed, durable=durable))
        self._arrived.set()
        await durable
        self._drain.live.note(batch)

    def backlog(self) -> Backlog:
        """What was acknowledged and is not in the database, and whether it gets there."""
        now, rate = self.stats(), self._drain.rate
        return Backlog(
            rows=now.spooled_rows,
            taken_per_s=rate.per_s,
            is_taken=now.database_up and not rate.is_stuck,
        )

    def stats(self) -> WriterStats:
        """What the writer did and holds."""
        state = self._spool.state
        age_s = None
        if state.oldest_us is not None:
            age_s = max(0.0, time.time() - state.oldest_us / _US_PER_S)
        return WriterStats(
            acknowledged_total=self._acknowledged_total,
            written_total=self._drain.written_total,
            already_there_total=self._drain.already_there_total,
            spooled_rows=state.rows,
            spooled_bytes=state.bytes,
            oldest_age_s=age_s,
            database_up=self._drain.database_up,
            dropped_total=state.dropped_rows,
            lost_total=state.lost_rows,
            lost_bytes_total=state.lost_bytes,
            salvaged_total=state.salvaged_rows,
            dead_letter_total=state.dead_letter_rows,
            store_replaced=self._drain.store_replaced,
            disk_refused=self._disk_refused,
        )

    async def run(self) -> None:
        """Work until :meth:`close`; then write what can be written soon and return."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._spool_until_closing(), name="spool-append")
                tasks.create_task(self._drain.run(), name="spool-drain")
        finally:
            self._is_closing = True
            _fail(self._waiting, SpoolClosedError("the writer stopped"))
            self._spool.close()

    def close(self) -> None:
        """Take no more readings; :meth:`run` returns soon."""
        self._is_closing = True
        self._arrived.set()

    async def _spool_until_closing(self) -> None:
        while not (self._is_closing and not self._waiting):
            await self._arrived.wait()
            self._arrived.clear()
            taken = self._take_waiting()
            if taken:
                await self._spool_together(taken)
        # Only now is everything acknowledged in the spool for the drain to see.
        self._drain.close()

    def _take_waiting(self) -> list[_Waiting]:
        """Who waits now, up to the quota: one sync serves them all."""
        taken: list[_Waiting] = []
        used_bytes = 0
        for waiting in self._waiting:
            used_bytes += spooled_bytes(waiting.packed.rows)
            if used_bytes > self._quota_bytes:
                self._arrived.set()
                break
            taken.append(waiting)
        del self._waiting[: len(taken)]
        return taken

    async def _spool_together(self, taken: Sequence[_Waiting]) -> None:
        dropped_before = self._spool.state.dropped_rows
        try:
            await self._spool.append([waiting.packed for waiting in taken])
        except SpoolError as exc:
            self._disk_refused = str(exc)
            _fail(taken, exc)
            return
        except BaseException:
            _fail(taken, SpoolClosedError("the writer stopped"))
            raise
        self._disk_refused = None
        self._acknowledged_total += sum(waiting.packed.rows for waiting in taken)
        for waiting in taken:
            if not waiting.durable.done():
                waiting.durable.set_result(None)
        if dropped_before == 0 and self._spool.state.dropped_rows:
            _log.error("spool_full", quota_bytes=self._quota_bytes, lost="oldest readings")
        self._drain.wake()


def _fail(taken: Sequence[_Waiting], exc: SpoolError) -> None:
    for waiting in taken:
        if not waiting.durable.done():
            waiting.durable.set_exception(exc)


@asynccontextmanager
async def open_spooled_writer(
    dsn: str, folder: Path, *, store_id: UUID, settings: SpoolSettings | None = None
) -> AsyncIterator[SpooledWriter]:
    """A running writer whose spool lies in ``folder`` and belongs to one database.

    ``store_id`` comes from :func:`service.storage.points.fetch_store_id`: the spool of
    another database keeps its readings until that database is used again. Leaving the block
    writes what can be written within ``settings.closing_s``; the rest waits on disk.
    """
    limits = settings or SpoolSettings()
    spool = await asyncio.to_thread(_open_spool, folder, store_id, limits.quota_bytes)
    guard = StoreGuard(spool_folder(folder, store_id), store_id)
    writer = SpooledWriter(dsn, spool, guard=guard, settings=limits)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run(), name="spooled-writer")
        try:
            yield writer
        finally:
            writer.close()


def spool_folder(folder: Path, store_id: UUID) -> Path:
    """Where the spool of a store lies in the data folder."""
    return folder / f"spool-{store_id}"


def _open_spool(folder: Path, store_id: UUID, quota_bytes: int) -> Spool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        msg = f"{folder} cannot be made: {exc.strerror}; choose a writable data folder"
        raise SpoolWriteError(msg) from exc
    path = spool_folder(folder, store_id)
    spool = Spool(path, quota_bytes=quota_bytes)
    old = path.with_suffix(".sqlite3")
    if old.exists():
        upgrade_spool(old, spool)
    return spool
