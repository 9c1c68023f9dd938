"""The server of the Modbus benchmark: compiled once, in another process, with libmodbus."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

_SOURCE = Path(__file__).with_name("modbus_server.c")
_PARTS = "sudo apt-get install -y gcc libc6-dev libmodbus-dev pkg-config"


@asynccontextmanager
async def c_server(folder: Path, ports: Sequence[int]) -> AsyncIterator[None]:
    """Serves every unit on some ports of this machine.

    Raises
    ------
    RuntimeError
        With what is to be installed, when it cannot be compiled.
    """
    program = _compiled(folder)
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


def _compiled(folder: Path) -> Path:
    program = folder / "modbus_server"
    if shutil.which("gcc") is None or shutil.which("pkg-config") is None:
        msg = f"the server of this benchmark is in C. Run: {_PARTS}"
        raise RuntimeError(msg)
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libmodbus"],
        capture_output=True,
        text=True,
        check=False,
    )
    built = subprocess.run(
        ["gcc", "-O2", "-o", str(program), str(_SOURCE), *flags.stdout.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    if flags.returncode or built.returncode:
        msg = f"the server of this benchmark cannot be compiled. Run: {_PARTS}\n{built.stderr}"
        raise RuntimeError(msg)
    return program
