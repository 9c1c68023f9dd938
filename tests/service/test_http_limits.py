"""Many connections, slow ones and large ones harm nobody else."""

import asyncio
import contextlib
import json
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from service.file_limit import raise_file_limit
from service.http_connections import HttpLimits
from service.http_server import HttpServer
from tests.service.served_process import serve_process

_FAST = HttpLimits(connections=20, headers_s=0.3, body_s=0.3, keep_alive_s=1, stalled_s=0.3)


@pytest.fixture
def many_files() -> Iterator[None]:
    """As many files for the attacker as the system allows."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    raise_file_limit()
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("files", "attackers"), [((256, 1024), 1200), ((200, 200), 260)], ids=["usual", "few"]
)
@pytest.mark.usefixtures("many_files")
def test_idle_connections_shut_nobody_out(
    tmp_path: Path, files: tuple[int, int], attackers: int
) -> None:
    with serve_process(tmp_path, files) as served, contextlib.ExitStack() as idle:
        for _ in range(attackers):
            idle.enter_context(served.connect())
        for path in ("/healthz", "/docs", "/metrics", "/static/page.css", "/") * 2:
            assert served.get(path).status == 200
        # The soft limit was raised, and half of the files are left for the rest.
        assert files[1] // 2 - 20 <= served.open_files() <= files[1] // 2 + 30
        assert served.process.poll() is None
        told = [one for one in served.events() if one["event"] == "http_connections_full"]
        assert [one["limit"] for one in told] == [files[1] // 2]
    assert served.log.stat().st_size < 5_000
    assert served.process.returncode == 0


def _app() -> Starlette:
    async def hello(request: Request) -> Response:
        del request
        return PlainTextResponse("hello")

    async def take(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def endless(request: Request) -> Response:
        del request

        async def parts() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536
                await asyncio.sleep(0)

        return StreamingResponse(parts())

    return Starlette(
        routes=[
            Route("/", hello),
            Route("/take", take, methods=["POST"]),
            Route("/endless", endless),
        ]
    )


@contextlib.asynccontextmanager
async def _serving(limits: HttpLimits) -> AsyncIterator[tuple[int, HttpServer]]:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        _app(),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = HttpServer(config, limits)
    task = asyncio.create_task(server.serve([listening]))
    try:
        yield port, server
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def _connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _to_end(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side closes."""
    async with asyncio.timeout(10):
        return await reader.read()


def _problem(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"cache-control: no-store" in head
    found: dict[str, Any] = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {found['status']} ".encode())
    return found


@pytest.mark.asyncio
async def test_who_says_nothing_is_closed_without_a_word() -> None:
    async with _serving(_FAST) as (port, _), _connection(port) as (reader, _):
        assert await _to_end(reader) == b""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: ",
        b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1",
    ],
    ids=["headers", "headers of a second request", "body"],
)
async def test_a_byte_now_and_then_does_not_keep_a_connection(begun: bytes) -> None:
    async with _serving(_FAST) as (port, _), _connection(port) as (reader, writer):

        async def drip() -> None:
            writer.write(begun)
            while True:
                await asyncio.sleep(0.05)
                writer.write(b"a" if b"POST" not in begun else b"")

        dripping = asyncio.create_task(drip())
        answer = await _to_end(reader)
        dripping.cancel()
        if answer.startswith(b"HTTP/1.1 200"):
            answer = answer.partition(b"hello")[2]
        assert _problem(answer)["code"] == "request_too_slow"


@pytest.mark.asyncio
async def test_who_takes_nothing_is_cut_off() -> None:
    async with _serving(_FAST) as (port, server), _connection(port) as (_, writer):
        writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(10):
            while not server.server_state.tasks:
                await asyncio.sleep(0.01)
            while server.server_state.tasks or server.server_state.connections:
                await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with _serving(_FAST) as (port, _), _connection(port) as (reader, writer):
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = await reader.readuntil(b"hello")
            assert b"200 OK" in answer
            assert b"uvicorn" not in answer
            # Longer than headers may take, shorter than it is kept.
            await asyncio.sleep(0.4)
        assert await _to_end(reader) == b""


@pytest.mark.asyncio
async def test_an_answer_in_two_parts_waits_for_no_acknowledgement() -> None:
    async with _serving(_FAST) as (port, server), _connection(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"hello")
        [protocol] = server.server_state.connections
        accepted = protocol.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.asyncio
async def test_a_new_connection_takes_the_place_of_the_idlest() -> None:
    limits = HttpLimits(connections=3)
    async with _serving(limits) as (port, _), contextlib.AsyncExitStack() as stack:
        first, second, third = [
            await stack.enter_async_context(_connection(port)) for _ in range(3)
        ]
        for reader, writer in (second, first, third):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"hello")
        async with _connection(port) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"hello")
            with contextlib.suppress(ConnectionResetError):
                assert await _to_end(second[0]) == b""
            for kept, asks in (first, third):
                asks.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                await kept.readuntil(b"hello")


@pytest.mark.asyncio
async def test_when_all_are_at_work_a_new_one_is_told_so() -> None:
    limits = HttpLimits(connections=2)
    async with _serving(limits) as (port, server), contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            _, writer = await stack.enter_async_context(_connection(port))
            writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(10):
            while len(server.server_state.tasks) < 2:
                await asyncio.sleep(0.01)
        async with _connection(port) as (reader, _):
            answer = await _to_end(reader)
        assert _problem(answer)["code"] == "server_full"
        assert b"retry-after: 5" in answer


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000, "headers_too_large"),
        (b"GET /" + b"a" * 20_000, "headers_too_large"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "not_http"),
        (b"GET / HTTP/1.1\r\n\r\n", "not_http"),
    ],
    ids=["header", "address", "TLS", "no host"],
)
@pytest.mark.asyncio
async def test_what_cannot_be_read_is_refused_as_a_problem(sent: bytes, code: str) -> None:
    async with _serving(HttpLimits(connections=5)) as (port, _), _connection(port) as (r, writer):
        writer.write(sent)
        assert _problem(await _to_end(r))["code"] == code


@pytest.mark.asyncio
async def test_without_a_file_the_idlest_gives_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """The limit of connections is no help when something else takes the files."""
    loop = asyncio.get_running_loop()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with (
        _serving(HttpLimits(connections=1000)) as (port, server),
        contextlib.AsyncExitStack() as stack,
    ):
        told = stack.enter_context(capture_logs())
        for _ in range(5):
            await stack.enter_async_context(_connection(port))
        async with asyncio.timeout(10):
            while len(server.server_state.connections) < 5:
                await asyncio.sleep(0.01)
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        # The next file that is opened would have this number.
        with socket.socket() as probe:
            lowest_free = probe.fileno()
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, before[1]))
        try:
            async with asyncio.timeout(10):
                await loop.sock_connect(waiting, ("127.0.0.1", port))
                await loop.sock_sendall(waiting, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = await loop.sock_recv(waiting, 1000)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert answer.startswith(b"HTTP/1.1 200")
        assert not server.should_exit
        assert [one["event"] for one in told] == ["http_out_of_files"]
    assert not caplog.records
