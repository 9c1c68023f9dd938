"""The application on a real port, in a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from service.app import create_app
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from tests.acceptance.running import free_port


@dataclass(slots=True)
class Served:
    port: int
    board: SnapshotBoard
    loop: asyncio.AbstractEventLoop
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(self, snapshot: LiveSnapshot) -> None:
        self.loop.call_soon_threadsafe(self.board.publish, snapshot)


@contextmanager
def served(snapshot: LiveSnapshot | None) -> Iterator[Served]:
    board = SnapshotBoard()
    if snapshot is not None:
        board.publish(snapshot)
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(board),
            port=port,
            log_level="error",
            lifespan="on",
            timeout_graceful_shutdown=2,
        )
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(server.serve(),))
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield Served(port, board, loop, server)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        loop.close()
        assert not thread.is_alive()
