"""What devices taught the collector, in a small file of the data folder, through every restart.

Nothing depends on it: without the file a device is asked as planned, and teaches it anew.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog
from pydantic import TypeAdapter, ValidationError

from collectors.lessons import DeviceLesson

# Many devices learn in the same moment, when a gateway is exchanged.
_LINGER_S = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    format: Literal[1]
    site: str
    devices: Mapping[str, DeviceLesson]


_CONTENT = TypeAdapter(_Content)


class LearnedFile:
    """A :class:`collectors.ports.LessonStore` in a file that is written when something changed."""

    def __init__(self, folder: Path, site: str) -> None:
        self._path = folder / f"learned-{site}.json"
        self._site = site
        self._lessons: dict[str, DeviceLesson] = {}
        self._written: dict[str, DeviceLesson] = {}
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._is_refused = False

    def recall(self, device: str) -> DeviceLesson | None:
        """What the device taught before."""
        return self._lessons.get(device)

    def note(self, device: str, lesson: DeviceLesson | None) -> None:
        """Keep it in memory, and soon in the file."""
        if lesson == self._lessons.get(device):
            return
        if lesson is None:
            del self._lessons[device]
        else:
            self._lessons[device] = lesson
        self._changed.set()

    def load(self) -> None:
        """Read the file, if there is one that can be used; another one is put out of the way."""
        try:
            self._lessons = self._read()
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            kept = self._path.with_suffix(".unread")
            log.warning("learned_file_not_read", reason=_first_line(error), kept_as=str(kept))
            self._set_aside(kept)
        self._written = dict(self._lessons)

    def _read(self) -> dict[str, DeviceLesson]:
        content = _CONTENT.validate_json(self._path.read_bytes())
        if content.site != self._site:
            msg = f"it is of site {content.site}"
            raise ValueError(msg)
        return dict(content.devices)

    def _set_aside(self, kept: Path) -> None:
        try:
            self._path.replace(kept)
        except OSError as error:
            log.warning("learned_file_not_moved", reason=str(error))

    async def run(self) -> None:
        """Write after each change, until :meth:`close`."""
        while True:
            await self._changed.wait()
            await self._linger()
            is_last = self._closing.is_set()
            self._changed.clear()
            if self._lessons != self._written:
                await self._write()
            if is_last:
                return

    async def _linger(self) -> None:
        try:
            async with asyncio.timeout(_LINGER_S):
                await self._closing.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Let :meth:`run` return after a last write."""
        self._closing.set()
        self._changed.set()

    async def _write(self) -> None:
        lessons = dict(self._lessons)
        content = _Content(format=1, site=self._site, devices=lessons)
        text = _CONTENT.dump_json(content, indent=1, exclude_defaults=True)
        try:
            await asyncio.to_thread(_replace, self._path, text)
        except OSError as error:
            if not self._is_refused:
                log.warning("learned_file_not_written", reason=str(error))
            self._is_refused = True
        else:
            self._written, self._is_refused = lessons, False


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        [first, *_] = error.errors(include_input=False, include_url=False)
        return f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
    return str(error)


def _replace(path: Path, text: bytes) -> None:
    """Whole or not at all, also when the power fails."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


@asynccontextmanager
async def open_learned_file(folder: Path, site: str) -> AsyncIterator[LearnedFile]:
    """What is known from before, kept up to date for the length of a block."""
    learned = LearnedFile(folder, site)
    await asyncio.to_thread(learned.load)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(learned.run(), name="learned-file")
        try:
            yield learned
        finally:
            learned.close()
