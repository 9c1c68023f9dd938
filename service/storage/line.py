"""One connection of one's own that holds nobody up.

A pool waits for a connection that it takes back; a frozen server answers nothing, not even that.
Here each use has one time limit, and what fails or is late is cut off; the next connects anew.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from service.storage.connection import Connection, close_connection, open_connection
from service.storage.errors import StoreUnreachableError
from service.storage.faults import STORE_AWAY, away_reason

# A database in health answers in milliseconds; who watches must know within five seconds.
LINE_TIMEOUT_S = 2.0

Prepare = Callable[[Connection], Awaitable[None]]


class Line:
    """Connects when it is used. ``prepare`` is called with each new connection."""

    def __init__(
        self, dsn: str, *, timeout_s: float = LINE_TIMEOUT_S, prepare: Prepare | None = None
    ) -> None:
        self._dsn = dsn
        self._timeout_s = timeout_s
        self._prepare = prepare
        self._conn: Connection | None = None
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Connection]:
        """The connection, for the length of a block and of the time limit.

        Raises
        ------
        StoreUnreachableError
            If the server cannot be reached, refuses for now, or is late.
        """
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._timeout_s):
                    yield await self._connected()
            except STORE_AWAY as error:
                self.cut()
                msg = f"the database does not answer: {away_reason(error)}"
                raise StoreUnreachableError(msg) from error
            except BaseException:
                # Cancelled in the middle of a message, or a transaction left open by a bug.
                self.cut()
                raise

    async def _connected(self) -> Connection:
        if self._conn is None or self._conn.is_closed():
            self._conn = await open_connection(
                self._dsn, timeout_s=self._timeout_s, command_timeout_s=self._timeout_s
            )
            if self._prepare is not None:
                await self._prepare(self._conn)
        return self._conn

    def cut(self) -> None:
        """Drop the connection without a word to the server."""
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.terminate()

    async def close(self) -> None:
        """Close politely."""
        conn, self._conn = self._conn, None
        if conn is not None:
            await close_connection(conn)
