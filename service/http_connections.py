"""The connections of a server: how many there may be, and how long each may take to ask.

A connection that has not sent a whole request costs a file and nothing else, so that whoever opens
many of them shuts others out. Here each has a time to ask in, there are never more than the
process has files for, and a new one takes the place of the one that has been idle for longest.
"""

import asyncio
import sys
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from service.file_limit import file_limit
from service.http_refusals import refusal

# Twenty times the readers of a busy day; beyond it memory would be the next limit.
_MOST_CONNECTIONS: Final = 2_000


def connection_limit() -> int:
    """Half of the files of this process: the other half is for the database, logs and modules."""
    return max(1, min(_MOST_CONNECTIONS, file_limit() // 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What one connection may take, and how many there may be."""

    connections: int
    # From the connection, or from the first byte of a later request, to the end of its headers.
    headers_s: float = 10.0
    body_s: float = 20.0
    # Without a byte after an answer. Longer than a person takes from page to page.
    keep_alive_s: int = 15
    # A reader that takes nothing of what is sent to it.
    stalled_s: float = 60.0
    header_bytes: int = 16_384


class ConnectionGuard:
    """Counts the connections of a server and knows which of them have asked nothing yet."""

    def __init__(self, limits: HttpLimits) -> None:
        self.limits = limits
        self._open: set[GuardedProtocol] = set()
        # In the order in which they fell idle.
        self._idle: dict[GuardedProtocol, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, connection: "GuardedProtocol") -> None:
        """Count one more."""
        self._open.add(connection)

    def closed(self, connection: "GuardedProtocol") -> None:
        """Count one less."""
        self._open.discard(connection)
        self._idle.pop(connection, None)

    def is_idle(self, connection: "GuardedProtocol", *, idle: bool) -> None:
        """Note whether a connection waits for a request; it keeps its place when it did before."""
        if not idle:
            self._idle.pop(connection, None)
        elif connection in self._open:
            self._idle.setdefault(connection)

    def has_room(self) -> bool:
        """Whether one more may come."""
        return len(self._open) < self.limits.connections

    def close_idlest(self) -> bool:
        """Close the connection that has been idle for longest; False when all are at work."""
        if not self._idle:
            return False
        idlest = next(iter(self._idle))
        self.closed(idlest)
        idlest.transport.abort()
        return True


class _Phase(Enum):
    NEW = auto()
    HEADERS = auto()
    BODY = auto()
    BUSY = auto()
    KEPT = auto()


class GuardedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a time limit for each phase in which the other side has the word.

    uvicorn itself limits only the time between an answer and the first byte after it.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        guard: ConnectionGuard,
    ) -> None:
        super().__init__(config, server_state, app_state, asyncio.get_running_loop())
        self._guard, self._limits = guard, guard.limits
        self._phase = _Phase.NEW
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    # uvicorn, too, takes the narrower kind of transport: it is never given another.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._guard.opened(self)
        self._enter(_Phase.NEW)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._guard.closed(self)
        self._cancel_timers()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Note how far the request has come."""
        if self._phase is _Phase.KEPT:
            self._enter(_Phase.HEADERS)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, unless it is there already."""
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        cycle = self.cycle
        if cycle is None:
            return
        if cycle.response_complete:
            # Bytes of a next request that have come already do not make its time longer.
            if self._phase in {_Phase.BODY, _Phase.BUSY}:
                self._enter(_Phase.KEPT)
        elif cycle.more_body:
            if self._phase is not _Phase.BODY:
                self._enter(_Phase.BODY)
        else:
            self._enter(_Phase.BUSY)

    def _enter(self, phase: _Phase) -> None:
        self._phase = phase
        self._guard.is_idle(self, idle=phase is not _Phase.BUSY)
        if self._deadline is not None:
            self._deadline.cancel()
        limits = self._limits
        # uvicorn closes what is kept alive and says nothing more.
        within_s = {
            _Phase.NEW: limits.headers_s,
            _Phase.HEADERS: limits.headers_s,
            _Phase.BODY: limits.body_s,
        }.get(phase)
        self._deadline = None if within_s is None else self.loop.call_later(within_s, self._late)

    def _late(self) -> None:
        """Nobody waits for an answer who has said nothing, and who has one begun gets no other."""
        answers = self.cycle is not None and self.cycle.response_started
        has_spoken = self._phase is _Phase.BODY or bool(self.conn.trailing_data[0])
        if has_spoken and not (self._phase is _Phase.BODY and answers):
            self.transport.write(refusal("request_too_slow"))
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """As problem+json, and saying when it is the size."""
        del msg
        error = sys.exception() if sys.version_info >= (3, 12) else sys.exc_info()[1]
        hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        code = "headers_too_large" if hint == 431 else "not_http"
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(refusal(code))
        self.transport.close()

    def pause_writing(self) -> None:
        """Give the reader some time to go on."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self._limits.stalled_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It went on."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _cancel_timers(self) -> None:
        for timer in (self._deadline, self._stalled):
            if timer is not None:
                timer.cancel()
        self._deadline = self._stalled = None
