"""What a running collector knows of itself, for its metrics and its health check.

Everything is in memory: asking touches no device and no database.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from collectors.clock_watch import ClockDoubt
from collectors.device_clock import is_off, off_by
from collectors.memory import Memory
from collectors.pace import TOLD_FROM
from collectors.ports import DeviceHealth, HealthSink
from collectors.stats import CollectorStats
from models.readings import DeviceState
from models.site.devices import Device
from models.site.site import Site
from service.metrics.devices import DeviceFigures
from service.storage.pipeline import dropped_total
from service.storage.spooled_writer import SpooledWriter, WriterStats

# Beyond its poll interval: the longest a lost device is left alone, and a busy machine.
_POLL_GRACE_S = 60.0
_NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorPicture:
    """The collector at one instant. ``pipeline`` is None until the points have their numbers.

    ``poll_age_s`` is the time since any device was polled; ``longest_wait_s`` is what it may be.
    ``poll_stretch`` is how many times further apart than planned polls are, since readings would be
    ever later than ``late_s``.
    """

    site: str
    pipeline: WriterStats | None
    queued_rows: int
    installed: Sequence[Device]
    devices: Sequence[DeviceFigures]
    spool_limit_bytes: int
    poll_age_s: float
    longest_wait_s: float
    clock_doubt: ClockDoubt | None = None
    clock_steps_total: int = 0
    reload_error: str | None = None
    poll_stretch: float = 1.0
    late_s: float = 0.0
    ticks_left_out_total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorHealth:
    """Whether polling works: ``failed`` says which part does not, and why.

    ``notes`` are what somebody should see to although readings come and are kept.
    """

    failed: Mapping[str, str]
    notes: Sequence[str]


class CollectorBoard:
    """Takes what the parts of the collector report, and gives pictures of it."""

    def __init__(self, site: Site, *, spool_limit_bytes: int) -> None:
        self.spool_limit_bytes = spool_limit_bytes
        self.stats = CollectorStats()
        self.memory = Memory()
        self._site = site
        self._writer: SpooledWriter | None = None
        self._devices: dict[str, DeviceHealth] = {}
        self._polled_s = time.monotonic()
        self._reload_error: str | None = None

    def follow(self, writer: SpooledWriter) -> None:
        """The points have their numbers, and polling begins."""
        self._writer = writer
        self._polled_s = time.monotonic()

    def show(self, site: Site) -> None:
        """From now on this is the site that is polled."""
        self._site = site
        self._polled_s = time.monotonic()

    def note_reload(self, error: str | None) -> None:
        """Why the last reload of the site file was refused; None when it was not."""
        self._reload_error = error

    def note(self, health: DeviceHealth) -> None:
        """What is known of a device after a poll."""
        self._devices[health.device] = health
        self._polled_s = time.monotonic()

    def picture(self) -> CollectorPicture:
        """The collector now."""
        pipeline = None
        if self._writer is not None:
            now = self._writer.stats()
            pipeline = replace(now, dropped_total=dropped_total(now, self.stats))
        devices = tuple(self._site.devices.values())
        return CollectorPicture(
            site=self._site.identity.id,
            pipeline=pipeline,
            queued_rows=self.stats.rows_queued,
            installed=devices,
            devices=[self._figures(device.id) for device in devices],
            spool_limit_bytes=self.spool_limit_bytes,
            poll_age_s=time.monotonic() - self._polled_s,
            longest_wait_s=self.stats.poll_stretch
            * min(point.poll_s for point in self._site.points.values())
            + _POLL_GRACE_S,
            clock_doubt=self.memory.clock_watch.doubt,
            clock_steps_total=self.memory.clock_watch.steps_total,
            reload_error=self._reload_error,
            poll_stretch=self.stats.poll_stretch,
            late_s=self.memory.pace.late_s,
            ticks_left_out_total=self.stats.ticks_left_out_total,
        )

    def _figures(self, device: str) -> DeviceFigures:
        health = self._devices.get(device)
        if health is None:
            return DeviceFigures(id=device, state=DeviceState.STARTING)
        return DeviceFigures(
            id=device,
            state=health.state,
            since=health.since,
            last_ok_at=health.last_ok_at,
            polls_total=health.polls_total,
            polling_s_total=health.polling_s_total,
            failures_total=health.failures_total,
            split_blocks=health.split_blocks,
            refused_points=health.refused_points,
            learned=health.learned,
            clock_offset_s=health.clock_offset_s,
        )


class BoardedHealth:
    """A :class:`collectors.ports.HealthSink` that the board hears of first."""

    def __init__(self, board: CollectorBoard, sink: HealthSink) -> None:
        self._board = board
        self._sink = sink

    async def report(self, health: DeviceHealth) -> None:
        """Tell the board, then the sink."""
        self._board.note(health)
        await self._sink.report(health)


def judge(picture: CollectorPicture) -> CollectorHealth:
    """Whether readings come from the devices and are kept."""
    pipeline = picture.pipeline
    if pipeline is None:
        waiting = "waits for the database, which gives the points their numbers once"
        return CollectorHealth(failed={"registration": waiting}, notes=())
    failed = _devices_failed(picture.devices)
    if picture.poll_age_s > picture.longest_wait_s:
        failed["polling"] = f"no poll has ended for {picture.poll_age_s:.0f} s"
    if pipeline.disk_refused is not None:
        failed["spool"] = pipeline.disk_refused
    notes = _notes(picture.devices, pipeline)
    if picture.clock_doubt is not None:
        notes.append(picture.clock_doubt.sentence())
    if picture.poll_stretch >= TOLD_FROM:
        notes.append(
            f"the database takes less than is polled: polls are {picture.poll_stretch:.1f} times "
            f"further apart than planned, and readings {picture.late_s:.0f} s late; poll less "
            "often (poll_s, poll_s_of), or give the database more"
        )
    if picture.reload_error is not None:
        notes.append(
            f"the old site file is polled, the new one was refused: {picture.reload_error}"
        )
    return CollectorHealth(failed=failed, notes=notes)


def _devices_failed(devices: Sequence[DeviceFigures]) -> dict[str, str]:
    states = {device.state for device in devices}
    if states & {DeviceState.OK, DeviceState.DEGRADED}:
        return {}
    if DeviceState.STARTING in states:
        return {"devices": "no device has answered yet"}
    return {"devices": f"none of {len(devices)} devices answers"}


def _clock_notes(devices: Sequence[DeviceFigures]) -> list[str]:
    off = [
        f"{device.id} ({off_by(device.clock_offset_s)})"
        for device in devices
        if device.clock_offset_s is not None and is_off(device.clock_offset_s)
    ]
    if not off:
        return []
    named = ", ".join(off[:_NAMED_AT_MOST]) + (", …" if len(off) > _NAMED_AT_MOST else "")
    return [f"clocks are off, so that values are uncertain: {named}; check their NTP"]


def _notes(devices: Sequence[DeviceFigures], pipeline: WriterStats) -> list[str]:
    notes = []
    lost = [device.id for device in devices if device.state is DeviceState.LOST]
    if lost:
        named = ", ".join(lost[:_NAMED_AT_MOST]) + (", …" if len(lost) > _NAMED_AT_MOST else "")
        notes.append(f"{len(lost)} of {len(devices)} devices do not answer: {named}")
    taught = [f"{device.id} ({device.learned})" for device in devices if device.learned]
    if taught:
        named = ", ".join(taught[:_NAMED_AT_MOST]) + (", …" if len(taught) > _NAMED_AT_MOST else "")
        notes.append(f"read otherwise than planned, because they refuse: {named}")
    notes.extend(_clock_notes(devices))
    if pipeline.store_replaced is not None:
        notes.append(pipeline.store_replaced)
    elif not pipeline.database_up:
        notes.append(f"the database is away; {pipeline.spooled_rows} readings wait on disk")
    for count, what in (
        (pipeline.dropped_total, "readings were lost"),
        (pipeline.dead_letter_total, "readings were refused by the database for good"),
    ):
        if count:
            notes.append(f"{count} {what}")
    return notes
