"""The health of devices to the database: only the newest of each device matters."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from collectors.ports import DeviceHealth
from service.storage.connection import Connection, connected
from service.storage.devices import upsert_device_states
from service.storage.faults import WRITE_FAILURES

_FLUSH_S = 1.0
_TIMEOUT_S = 10.0
_MAX_BACKOFF_S = 10.0

_log = structlog.get_logger(__name__)


class PgHealthSink:
    """A :class:`collectors.ports.HealthSink` that writes at most once a second.

    Reports never wait and never fail: while the database is away the newest of each device
    stays in memory.
    """

    def __init__(self, dsn: str, site: str, *, flush_s: float = _FLUSH_S) -> None:
        self._dsn = dsn
        self._site = site
        self._flush_s = flush_s
        self._unwritten: dict[str, DeviceHealth] = {}
        self._closing = asyncio.Event()
        self._down_since: float | None = None

    async def report(self, health: DeviceHealth) -> None:
        """Keep the newest state of the device for the next write."""
        self._unwritten[health.device] = health

    async def run(self) -> None:
        """Write until :meth:`close`, then the last reports if the database is there."""
        delay_s = self._flush_s
        while True:
            was_closing = self._closing.is_set()
            try:
                async with connected(self._dsn, command_timeout_s=_TIMEOUT_S) as conn:
                    self._note_up()
                    delay_s = self._flush_s
                    await self._keep_flushing(conn)
            except WRITE_FAILURES as exc:
                self._note_down(exc)
            else:
                return
            if was_closing:
                return
            await self._pause(delay_s)
            delay_s = min(2 * delay_s, _MAX_BACKOFF_S)

    def close(self) -> None:
        """Let :meth:`run` return after a last write."""
        self._closing.set()

    async def _keep_flushing(self, conn: Connection) -> None:
        while not self._closing.is_set():
            await self._flush(conn)
            await self._pause(self._flush_s)
        await self._flush(conn)

    async def _flush(self, conn: Connection) -> None:
        taken, self._unwritten = self._unwritten, {}
        try:
            await upsert_device_states(conn, self._site, taken.values())
        except BaseException:
            # What arrived meanwhile is newer.
            self._unwritten = taken | self._unwritten
            raise

    async def _pause(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self._closing.wait()
        except TimeoutError:
            return

    def _note_up(self) -> None:
        if self._down_since is not None:
            outage_s = round(time.monotonic() - self._down_since, 1)
            _log.info("health_reports_resumed", outage_s=outage_s)
        self._down_since = None

    def _note_down(self, exc: BaseException) -> None:
        if self._down_since is None:
            self._down_since = time.monotonic()
            _log.warning("health_reports_wait", reason=str(exc) or type(exc).__name__)


@asynccontextmanager
async def open_health_sink(dsn: str, site: str) -> AsyncIterator[PgHealthSink]:
    """A running sink for the devices of a site."""
    sink = PgHealthSink(dsn, site)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sink.run(), name="health-sink")
        try:
            yield sink
        finally:
            sink.close()
