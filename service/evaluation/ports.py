"""What the evaluation asks of the store, as one narrow Protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from charter_rules.breaches.state import Breach
from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding
from models.readings import DeviceState, Origin, Quality, Window
from models.registers.gauges import GaugeTotals, ValueRange
from models.registers.samples import Samples
from models.trouble.charge import Charge
from models.trouble.trouble import Trouble
from service.live.snapshot import LiveSnapshot


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
    clock_offset_s: float | None = None
    trouble: Trouble | None = None
    charge: Charge | None = None


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
    poll_stretch: float
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupState:
    """How far the hours are rolled up, and as of which revision.

    ``changed`` are the instants between which hours of the points asked for changed since another
    revision, with the hours of the nearest good readings around; ``is_behind`` says that readings
    of theirs, of hours before, wait to be rolled up.
    """

    rolled_upto: datetime
    revision: int
    changed: tuple[datetime, datetime] | None
    is_behind: bool = False


class RollupSpan(StrEnum):
    """The kinds of span that readings are told by; a chart of a year is by six hours."""

    HOUR = "hour"
    SIX_HOURS = "six_hours"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledReadings:
    """What one point showed in an hour or six of UTC, or in a legal day or month.

    ``counts`` are readings by quality. Ends and extremes are of good readings, None without any;
    of a gauge the extremes are of what stood, and ``mean`` is over ``known_s``, the time in which
    a reading stood.
    """

    start: datetime
    end: datetime
    first_ts: datetime | None
    first_value: float | None
    last_ts: datetime | None
    last_value: float | None
    minimum: float | None
    maximum: float | None
    mean: float | None
    known_s: float
    counts: Mapping[Quality, int]


class ReadingHistory(Protocol):
    """Reads what was stored. Every method raises StoreAway when the store cannot be reached."""

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        """First and last reading of each step, in time order, for each point that has any."""
        ...

    async def gauges(
        self,
        keys: Sequence[str],
        start: datetime,
        end: datetime,
        step: timedelta,
        ranges: Mapping[str, Sequence[ValueRange]],
    ) -> dict[str, GaugeTotals]:
        """What each gauge that is a point of the store showed in each step of the window.

        Steps begin at multiples of ``step`` since 1970, clipped to the window; ``ranges`` are
        those in which the time of each point is summed.
        """
        ...

    async def rolled(self, keys: Sequence[str], since_revision: int | None) -> RollupState:
        """How far the roll-ups reach, and what of some points changed since a revision, if any."""
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


class FindingsSink(Protocol):
    """Is told the findings once a minute, after the long windows; never while the store is away."""

    async def observe(self, findings: Sequence[Finding], facts: SiteFacts, now: datetime) -> None:
        """Take note. Raises StoreAway when the store cannot be reached."""
        ...


class BreachBook(FindingsSink, Protocol):
    """Keeps the breaches, and says which there are."""

    @property
    def current(self) -> tuple[Breach, ...]:
        """Breaches that stand, are pending, or ended lately."""
        ...

    async def look_again(self, now: datetime) -> None:
        """See what people did to them since the last look."""
        ...


class SnapshotOutlet(Protocol):
    """Where the snapshot goes."""

    async def publish(self, snapshot: LiveSnapshot) -> None:
        """Hand it on. Raises StoreAway when it cannot be written."""
        ...


class EvaluationPart(StrEnum):
    """What the evaluation does at its own pace: the picture of now, and the look back."""

    LIVE = "live"
    PAST = "past"


class EvaluationWatch(Protocol):
    """Is told how the parts of the evaluation go; answers at once."""

    def worked(self, part: EvaluationPart, took_s: float, *, is_done: bool) -> None:
        """A part came to its end; not done when it waits for the store."""
        ...


class StoreAway(Exception):
    """The store cannot be reached; unlike a bug, the next try may succeed."""
