"""The server of the Modbus benchmarks, in C and in another process."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.tools.compiled import compiled

_SOURCE = Path(__file__).with_name("modbus_server.c")


@asynccontextmanager
async def c_server(folder: Path, ports: Sequence[int]) -> AsyncIterator[None]:
    """Serves every unit on some ports of this machine."""
    program = compiled(_SOURCE, folder)
    process = await asyncio.create_subprocess_exec(
        str(program), *map(str, ports), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert b"ready" in await asyncio.wait_for(process.stdout.readline(), 10.0)
    try:
        yield
    finally:
        process.kill()
        await process.wait()
