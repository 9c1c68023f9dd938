"""All that the notifier knows, in one file of the data folder that is replaced as a whole.

A message is put into it with what made it due, and taken out when it is delivered: a restart
neither repeats nor loses one.
"""

import asyncio
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

import structlog
from pydantic import TypeAdapter

from service.notifying.grouping import Group
from service.notifying.notice import Message, Notice, message
from service.notifying.samples import KeptLooks
from service.notifying.standing import Standing

log = structlog.get_logger(__name__)

# By the name of the group: what waits is one message of each, however long a receiver is away.
Outbox: TypeAlias = dict[str, Message]


@dataclass(slots=True, kw_only=True)
class Memory:
    """How every alert stands, what was told, what is still to be delivered to whom."""

    format: Literal[1] = 1
    site: str
    at: datetime | None = None
    standings: dict[str, Standing] = field(default_factory=dict)
    # What is told or would be of each alert that is active.
    active: dict[str, Notice] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    outboxes: dict[str, Outbox] = field(default_factory=dict)
    looks: KeptLooks = field(default_factory=KeptLooks)

    def send_to(self, receivers: list[str], at: datetime) -> None:
        """Keep what waits for these receivers; a new one is told of all that stands."""
        standing = [
            message(name, at, group.told) for name, group in self.groups.items() if group.told
        ]
        self.outboxes = {
            name: self.outboxes.get(name, {one.group: one for one in standing})
            for name in receivers
        }

    def put(self, news: Message) -> None:
        """To be delivered to every receiver."""
        for box in self.outboxes.values():
            # At the end, also where an older one waited.
            box[news.group] = news.joined_to(box.pop(news.group, None))

    def delivered(self, receiver: str, sent: Message) -> None:
        """Forget it, but for what came while it was under way."""
        box = self.outboxes[receiver]
        waiting = box[sent.group]
        if waiting.id == sent.id:
            del box[sent.group]
        else:
            box[sent.group] = waiting.without(sent)

    def put_off(self, receiver: str, group: str) -> None:
        """Let the others pass before it."""
        box = self.outboxes[receiver]
        box[group] = box.pop(group)


_CONTENT: Final = TypeAdapter(Memory)


class MemoryFile:
    """The file of one site."""

    def __init__(self, folder: Path, site: str) -> None:
        self._path = folder / f"notify-{site}.json"
        self._site = site
        self._writing = asyncio.Lock()
        self._is_refused = False

    def read(self) -> Memory | None:
        """What the file says; None where there is none.

        Raises
        ------
        OSError, ValueError
            When it cannot be read, or is another's.
        """
        try:
            found = _CONTENT.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        if found.site != self._site:
            msg = f"it is of site {found.site}"
            raise ValueError(msg)
        return found

    def load(self) -> Memory:
        """To go on from; a file that cannot be used is put out of the way."""
        try:
            return self.read() or Memory(site=self._site)
        except (OSError, ValueError) as error:
            kept = self._path.with_suffix(".unread")
            reason = str(error).splitlines()[0]
            log.warning("notifier_file_not_read", reason=reason, kept_as=str(kept))
            self._set_aside(kept)
        return Memory(site=self._site)

    def _set_aside(self, kept: Path) -> None:
        try:
            self._path.replace(kept)
        except OSError as error:
            log.warning("notifier_file_not_moved", reason=str(error))

    async def write(self, memory: Memory) -> None:
        """Whole or not at all; what the disk refuses stays in memory."""
        async with self._writing:
            text = _CONTENT.dump_json(memory)
            try:
                await asyncio.to_thread(replace_file, self._path, text)
            except OSError as error:
                if not self._is_refused:
                    log.warning("notifier_file_not_written", reason=str(error))
                self._is_refused = True
            else:
                self._is_refused = False


def replace_file(path: Path, text: bytes) -> None:
    """Whole or not at all, also when the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
