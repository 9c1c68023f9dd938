"""What the collectors ask of their surroundings, as narrow Protocols."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collectors.lessons import DeviceLesson
from models.readings import DeviceState, ReadingBatch
from models.trouble.trouble import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealth:
    """What is known of one device after its latest poll.

    ``split_blocks`` and ``refused_points`` count how it is read otherwise than planned, because
    it refused something; ``learned`` says it in words.
    ``trouble`` is what ``last_error`` is a case of.
    ``clock_offset_s`` is how far its clock is ahead of ours; None when it tells no time.
    ``polling_s_total`` is the time that all its polls took.
    """

    device: str
    state: DeviceState
    since: datetime
    last_ok_at: datetime | None
    polls_total: int
    failures_total: int
    consecutive_failures: int
    bad_points: int
    last_error: str | None
    trouble: Trouble | None
    last_poll_s: float | None
    polling_s_total: float = 0.0
    split_blocks: int = 0
    refused_points: int = 0
    learned: str | None = None
    clock_offset_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Readings that were taken and are not in the database yet.

    ``taken_per_s`` is what the database takes while there is something to take, None while nobody
    knows; ``is_taken``: it takes now, or would.
    """

    rows: int
    taken_per_s: float | None
    is_taken: bool


class ReadingSink(Protocol):
    """Takes readings. Returns once they survive a crash of this process: acknowledged."""

    async def accept(self, batch: ReadingBatch) -> None:
        """Make the batch durable or raise."""

    def backlog(self) -> Backlog:
        """What was accepted and has not gone on, and whether it goes on; asked often."""
        ...


class HealthSink(Protocol):
    """Takes the health of devices; a lost report is replaced by the next one."""

    async def report(self, health: DeviceHealth) -> None:
        """Publish one device's health."""


class LessonStore(Protocol):
    """Keeps what devices taught; to lose it costs a few requests, and no reading."""

    def recall(self, device: str) -> DeviceLesson | None:
        """What the device taught before; None when it taught nothing."""
        ...

    def note(self, device: str, lesson: DeviceLesson | None) -> None:
        """Keep this instead of what was kept; returns at once."""
        ...
