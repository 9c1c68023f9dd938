"""``python -m tests.bench.gateway_server COUNT BUS_S``: gateways whose units die on command.

Prints their ports. A line on standard input names the only unit that lives from then on, or says
``all``; it is answered with a line. A silent unit blocks its bus for ``BUS_S``.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tests.collectors.scripted_server import ScriptedServer, Unit

ALL = "all"
_LARGEST_UNIT = 255
_ANSWER_S = 10.0


async def _serve(count: int, bus_s: float) -> None:
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(ScriptedServer(bus_s=bus_s)) for _ in range(count)
        ]
        print(json.dumps([one.port for one in servers]), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            living = line.strip()
            for server in servers:
                server.asked.clear()
                for unit in range(_LARGEST_UNIT + 1):
                    is_well = living in {ALL, str(unit)}
                    server.units[unit] = Unit(kind="normal" if is_well else "silent")
            print("done", flush=True)


class Gateways:
    """The servers, in their own process."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int]) -> None:
        self._process = process
        self.ports = ports

    async def leave(self, living: int | str) -> None:
        """All units but this one fall silent; with `ALL` none does."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{living}\n".encode())
        await asyncio.wait_for(self._process.stdout.readline(), _ANSWER_S)


@asynccontextmanager
async def gateways(count: int, bus_s: float) -> AsyncIterator[Gateways]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.gateway_server",
        str(count),
        str(bus_s),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        ports = json.loads(await asyncio.wait_for(process.stdout.readline(), _ANSWER_S))
        yield Gateways(process, ports)
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
