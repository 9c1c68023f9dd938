"""A client that keeps its connection: what it costs to ask is the same for every server."""

import asyncio
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

_LIMIT_S = 60.0
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its body as it was sent, packed or not."""

    status: int
    body: bytes
    took_s: float


class Asker:
    """One connection."""

    def __init__(self, port: int, **headers: str) -> None:
        """``headers`` go with every request, as a cookie or a token does."""
        self._port = port
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        """Ask, and read the answer to its end."""
        async with asyncio.timeout(_LIMIT_S):
            if self._line is None:
                self._line = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._line
            began_s = time.perf_counter()
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
                f"{self._headers}\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head)
            return Answer(int(head.split(None, 2)[1]), body, time.perf_counter() - began_s)

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line[1].close()
            self._line = None


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    found = _LENGTH.search(head)
    if found is not None:
        return await reader.readexactly(int(found[1]))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(parts)


def p99(values: Sequence[float]) -> float:
    """Of many; of few the greatest."""
    return statistics.quantiles(values, n=100)[-1] if len(values) >= 100 else max(values)
