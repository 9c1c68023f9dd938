"""Evidence packs for whoever asks the server for one: made by a process of their own.

A pack reads weeks of readings and computes on them. In a process of its own it holds up no other
answer, gives all its memory back, and can be stopped when it takes too long or nobody waits.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

import structlog

from service.processes import die_with_parent

log = structlog.get_logger(__name__)

_LIMIT_S: Final = 300.0
# How long of it raw rows may be hashed.
_HASHING_S: Final = 200.0


class PackRefused(Exception):
    """There is no pack now."""


class PackBusy(PackRefused):
    """Another one is being made."""


class PackDesk:
    """Makes one pack at a time with the settings of this process."""

    def __init__(self, site_file: Path) -> None:
        self._site_file = site_file
        self._is_busy = False

    async def pack(self, rule: str) -> bytes:
        """A signed pack of the verdict on a rule now, packed with gzip.

        Raises
        ------
        PackBusy
            If another one is being made.
        PackRefused
            If it cannot be made, or not in time; the log says why.
        """
        if self._is_busy:
            msg = "another pack is being made"
            raise PackBusy(msg)
        self._is_busy = True
        try:
            with tempfile.TemporaryDirectory(prefix="boucle-pack-") as folder:
                path = Path(folder) / "pack.boucle.json.gz"
                await self._make(rule, path)
                return await asyncio.to_thread(path.read_bytes)
        finally:
            self._is_busy = False

    async def _make(self, rule: str, path: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service", "evidence", "pack", f"--rule={rule}"),
            *(f"--site={self._site_file}", f"--raw-seconds={_HASHING_S:g}", f"--out={path}"),
            env=dict(os.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        try:
            async with asyncio.timeout(_LIMIT_S):
                _, said = await process.communicate()
        except TimeoutError as error:
            msg = f"the pack was not made within {_LIMIT_S:g} s"
            raise PackRefused(msg) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            log.warning("pack_failed", rule=rule, said=said.decode(errors="replace")[-2000:])
            msg = "the pack could not be made"
            raise PackRefused(msg)
