"""The HTTP server of a process."""

import asyncio
import codecs
import errno
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import anyio
import structlog
import uvicorn

from service.errors import UserError
from service.http_connections import (
    ConnectionGuard,
    GuardedProtocol,
    HttpLimits,
    connection_limit,
)
from service.http_refusals import refusal

log = structlog.get_logger(__name__)

_BACKLOG: Final = 2_048
_NO_RESOURCES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_WITHOUT_FILES_S: Final = 0.2
_TELL_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to listen; nowhere without a port. ``setting`` is the variable that names it."""

    host: str
    port: int | None
    setting: str


def listen(where: Listening, port: int) -> list[socket.socket]:
    """A socket for each address of a host.

    Raises
    ------
    UserError
        When the port is taken, or the host is not one of this machine.
    """
    made: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(
            where.host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, address in dict.fromkeys((one[0], one[4]) for one in found):
            made.append(socket.create_server(address, family=family, backlog=_BACKLOG))
    except OSError as error:
        for one in made:
            one.close()
        msg = (
            f"port {port} of {where.host} cannot be listened on ({error.strerror}): choose another "
            f"with {where.setting}"
        )
        raise UserError(msg) from error
    return made


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handlers, and with a limit on connections.

    It is given the sockets that it listens on, and takes connections one by one, where asyncio
    takes as many as wait and, without files, writes a traceback for each that it cannot take.
    """

    def __init__(self, config: uvicorn.Config, limits: HttpLimits | None = None) -> None:
        """Without limits those that go with the file limit of this process."""
        limits = limits or HttpLimits(connections=connection_limit())
        config.timeout_keep_alive = limits.keep_alive_s
        config.h11_max_incomplete_event_size = limits.header_bytes
        # With which library is nobody's business.
        config.server_header = False
        super().__init__(config)
        self._guard = ConnectionGuard(limits)
        self._accepting: list[asyncio.Task[None]] = []
        self._told_at_s: dict[str, float] = {}

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals alone: the process has one place for them."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            msg = "the application did not start"
            raise UserError(msg)
        await _load_the_rest()
        self.servers = []
        for one in sockets or ():
            one.setblocking(False)
            task = asyncio.create_task(self._accept(one), name="http-accept")
            task.add_done_callback(self._stop_after)
            self._accepting.append(task)
        self.started = True

    def _stop_after(self, task: asyncio.Task[None]) -> None:
        """A server that takes no connections is none: it ends, and who watches starts another."""
        if not task.cancelled() and not self.should_exit:
            log.error("http_accept_ended", error=repr(task.exception()))
            self.should_exit = True

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listening:
            while True:
                try:
                    sock, _ = await loop.sock_accept(listening)
                except ConnectionError:
                    continue
                except OSError as error:
                    if error.errno not in _NO_RESOURCES:
                        raise
                    self._tell("http_out_of_files", error=error.strerror)
                    self._guard.close_idlest()
                    await asyncio.sleep(_WITHOUT_FILES_S)
                    continue
                await self._take(sock)

    async def _take(self, sock: socket.socket) -> None:
        if not self._guard.has_room():
            self._tell("http_connections_full", limit=self._guard.limits.connections)
            if not self._guard.close_idlest():
                _refuse(sock)
                return
        try:
            # asyncio does so only for sockets that name their protocol. Else what is written in two
            # parts waits for the acknowledgement of the first: 40 ms an answer.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, sock)
        except OSError:
            sock.close()

    def _protocol(self) -> GuardedProtocol:
        return GuardedProtocol(self.config, self.server_state, self.lifespan.state, self._guard)

    def _tell(self, event: str, **details: object) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._told_at_s.get(event, -_TELL_EVERY_S) >= _TELL_EVERY_S:
            self._told_at_s[event] = now_s
            log.warning(event, open=len(self._guard), **details)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, then end those that there are."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        await super().shutdown(sockets)


async def _load_the_rest() -> None:
    """Modules that are loaded where they are used first: later there may be no file for them."""
    # What Starlette sends files with, threads and streams included.
    async with await anyio.open_file(__file__):
        pass
    # How Jinja reads the texts of a template.
    codecs.lookup("unicode_escape")


def _refuse(sock: socket.socket) -> None:
    """All are at work: say so without waiting."""
    with sock:
        sock.setblocking(False)
        try:
            sock.send(refusal("server_full"))
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            return
