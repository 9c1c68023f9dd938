"""The application in a real uvicorn, on a thread of its own, with a board the test publishes on.

``python -m tests.service.pages.serving PORT`` shows the sample page to a person.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import uvicorn

from models.site.disclosure import OPEN, Disclosure
from service.api.permissions import Identifier
from service.api.readers import PointPastReader
from service.deployment import Deployment
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from tests.service.application import application
from tests.service.pages.sample_snapshot import sample_snapshot

_START_S = 10.0


class Served:
    """A running server. ``stop`` returns how long the server took to end, in seconds."""

    def __init__(
        self,
        board: SnapshotBoard,
        port: int = 0,
        *,
        identifier: Identifier | None = None,
        disclosure: Disclosure = OPEN,
        deployment: Deployment | None = None,
        points: PointPastReader | None = None,
    ) -> None:
        self.board = board
        self._stop = asyncio.Event()
        config = uvicorn.Config(
            application(
                board,
                stop=self._stop,
                identifier=identifier,
                disclosure=disclosure,
                deployment=deployment,
                points=points,
            ),
            host="127.0.0.1",
            port=port,
            log_level="error",
            timeout_graceful_shutdown=2,
            lifespan="on",
            ws="none",
        )
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve()

        asyncio.run(serve())

    def start(self) -> None:
        """Start and wait until the socket listens."""
        self._thread.start()
        deadline = time.monotonic() + _START_S
        while not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> float:
        """Ask it to end as SIGTERM would, and wait."""
        started = time.monotonic()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._server.should_exit = True
        self._thread.join(10.0)
        assert not self._thread.is_alive()
        return time.monotonic() - started

    @property
    def url(self) -> str:
        """Where it listens."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def publish(self, snapshot: LiveSnapshot) -> None:
        """Publish on the server's own event loop."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.board.publish, snapshot)


@contextmanager
def served(
    snapshot: LiveSnapshot | None,
    *,
    identifier: Identifier | None = None,
    disclosure: Disclosure = OPEN,
    deployment: Deployment | None = None,
    points: PointPastReader | None = None,
) -> Generator[Served, None, None]:
    """A server with a first snapshot (or none yet)."""
    board = SnapshotBoard()
    if snapshot is not None:
        board.publish(snapshot)
    server = Served(
        board,
        identifier=identifier,
        disclosure=disclosure,
        deployment=deployment,
        points=points,
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def main(port: int) -> None:
    """Show the sample until interrupted."""
    server = Served(SnapshotBoard(), port)
    server.start()
    step = 0
    try:
        while True:
            server.publish(sample_snapshot(datetime.now(UTC), step=step % 5))
            step += 1
            time.sleep(2.0)
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]))
