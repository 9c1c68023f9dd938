"""An endless answer: compressed, at the pace of its reader, ended when the server stops."""

import asyncio
import zlib
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# Proxies close what is silent for longer.
PING_AFTER_S: Final = 12.0
_PING: Final = b":\n\n"
# A reader that takes nothing for so long is gone, or will resume.
_SEND_WITHIN_S: Final = 60.0
# Then the reader resumes where it was. Who may no longer read is found out by then.
_LASTS_S: Final = 900.0
# The last bytes are for a reader that listens; the server waits two seconds for all of them.
_LAST_WITHIN_S: Final = 0.3
# 16 + 13: gzip with a window of 8 KiB, in which an event finds what it has in common with the
# one or two before. With memory level 5 a stream keeps 48 KiB, 200 keep 10 MB.
_WINDOW_BITS: Final = 29
_MEMORY_LEVEL: Final = 5
_LEVEL: Final = 6


class EventReader(Protocol):
    """Where one reader is in a stream. It is asked only when the last answer was taken."""

    async def read(self, within_s: float) -> bytes | None:
        """The next events, or None when there are none within so long."""
        ...


class EventStream(Response):
    """Server-sent events. What is not taken is not read: a slow reader costs no memory."""

    media_type = "text/event-stream"

    def __init__(
        self, reader: EventReader, stopping: asyncio.Event, request_headers: Mapping[str, str]
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._reader, self._stopping = reader, stopping
        self.headers["Cache-Control"] = "no-store"
        self.headers["X-Accel-Buffering"] = "no"
        self.headers["Vary"] = "Accept-Encoding"
        self._packer = None
        if accepts_gzip(request_headers.get("accept-encoding", "")):
            self.headers["Content-Encoding"] = "gzip"
            self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the reader has gone, takes nothing any more, or the server stops."""
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers},
        )
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.create_task(_gone(receive), name="stream: reader gone")
        stop = asyncio.create_task(self._stopping.wait(), name="stream: server stops")
        pump = asyncio.create_task(self._pump(send), name="stream: events")
        tasks = (gone, stop, pump)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if not pump.cancelled() and (error := pump.exception()) is not None:
            raise error
        if gone.cancelled():
            await self._end(send)

    async def _pump(self, send: Send) -> None:
        ends_at_s = monotonic() + _LASTS_S
        with suppress(TimeoutError):
            while monotonic() < ends_at_s:
                body = self._packed(await self._reader.read(PING_AFTER_S) or _PING)
                async with asyncio.timeout(_SEND_WITHIN_S):
                    await send({"type": "http.response.body", "body": body, "more_body": True})

    def _packed(self, body: bytes) -> bytes:
        if self._packer is None:
            return body
        return self._packer.compress(body) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    async def _end(self, send: Send) -> None:
        last = b"" if self._packer is None else self._packer.flush()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WITHIN_S):
                await send({"type": "http.response.body", "body": last})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip.

    Examples
    --------
    >>> accepts_gzip("br, gzip"), accepts_gzip("gzip;q=0"), accepts_gzip("")
    (True, False, False)
    """
    for part in accept_encoding.lower().split(","):
        name, _, quality = part.strip().partition(";")
        if name.strip() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
