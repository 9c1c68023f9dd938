"""One HTTP request and its answer, within a time that holds for all of it.

A redirect is an answer like any other: a message is not sent where nobody set it.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

import h11

_PORTS: Final = {"http": 80, "https": 443}
_CHUNK: Final = 65536


class ExchangeError(Exception):
    """No answer came; the text names no address, which may hold a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent where."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body, and the media type without its parameters."""

    status: int
    body: bytes
    media_type: str = ""


async def exchange(
    request: Request,
    *,
    timeout_s: float,
    most_bytes: int,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send one request on a connection of its own.

    Raises
    ------
    ExchangeError
        When no whole answer came in time.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _exchanged(request, most_bytes, tls)
    except TimeoutError as error:
        msg = f"no answer within {timeout_s:g} s"
        raise ExchangeError(msg) from error
    except ssl.SSLCertVerificationError as error:
        msg = f"its certificate is not trusted: {error.verify_message}"
        raise ExchangeError(msg) from error
    except OSError as error:
        raise ExchangeError(error.strerror or type(error).__name__) from error
    except h11.ProtocolError as error:
        msg = "what came is not HTTP"
        raise ExchangeError(msg) from error


async def _exchanged(request: Request, most_bytes: int, tls: ssl.SSLContext | None) -> Answer:
    parts = urlsplit(request.url)
    is_safe = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        ssl=(tls or ssl.create_default_context()) if is_safe else None,
    )
    try:
        connection = h11.Connection(h11.CLIENT)
        for event in (_head(request, parts), h11.Data(request.body), h11.EndOfMessage()):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        return await _answer(connection, reader, most_bytes)
    finally:
        writer.close()


def _head(request: Request, parts: SplitResult) -> h11.Request:
    host = parts.netloc.rpartition("@")[2]
    headers = {
        "Host": host,
        "Connection": "close",
        "Content-Length": str(len(request.body)),
        **request.headers,
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return h11.Request(method=request.method, target=target, headers=list(headers.items()))


async def _answer(
    connection: h11.Connection, reader: asyncio.StreamReader, most_bytes: int
) -> Answer:
    status, body, media_type = 0, bytearray(), ""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            status = event.status_code
            media_type = _media_type(event)
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > most_bytes:
                msg = f"the answer is longer than {most_bytes} bytes"
                raise ExchangeError(msg)
        elif isinstance(event, h11.EndOfMessage):
            return Answer(status, bytes(body), media_type)
        elif isinstance(event, h11.ConnectionClosed):
            msg = "the connection was closed before the answer was whole"
            raise ExchangeError(msg)


def _media_type(head: h11.Response) -> str:
    for name, value in head.headers:
        if name == b"content-type":
            return value.decode("latin-1").partition(";")[0].strip().lower()
    return ""
