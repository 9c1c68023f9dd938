"""What the evaluation asks of the store, as one narrow Protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from models.readings import DeviceState, Origin, Quality, Window
from service.evaluation.samples import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestReading:
    """The newest reading of one point."""

    ts: datetime
    received_at: datetime | None
    value: float | None
    quality: Quality
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """What the collector last said of a device."""

    state: DeviceState
    since: datetime
    last_ok_at: datetime | None
    polls_total: int
    failures_total: int
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineStatus:
    """What the collector last said of its pipeline, and when."""

    acknowledged_total: int
    written_total: int
    spooled_rows: int
    spooled_bytes: int
    oldest_age_s: float | None
    dropped_total: int
    dead_letter_total: int
    updated_at: datetime


class ReadingHistory(Protocol):
    """Reads what was stored. Every method raises StoreAway when the store cannot be reached."""

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        """First and last reading of each step, in time order, for each point that has any."""
        ...

    async def latest(self) -> Mapping[str, LatestReading]:
        """The newest reading of every point of the site."""
        ...

    async def device_statuses(self) -> Mapping[str, DeviceStatus]:
        """The last report on every device that has one."""
        ...

    async def pipeline_status(self) -> PipelineStatus | None:
        """The last word of the collector on its own pipeline; None before its first."""
        ...

    async def imported_windows(self) -> Sequence[Window]:
        """The stretches of time that were imported rather than measured live."""
        ...


class StoreAway(Exception):
    """The store cannot be reached; unlike a bug, the next try may succeed."""
