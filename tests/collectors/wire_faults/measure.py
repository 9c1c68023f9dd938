"""Runs a mode against the real collectors, and measures what came of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor, isnan
from typing import Final

from models.readings import Quality, ReadingBatch
from tests.collectors.builders import Sink
from tests.collectors.running import Run, running
from tests.collectors.wire_faults.mode import Mode
from tests.collectors.wire_faults.pace import DEADLINE_S, FAULT_S, POLL_S, SETTLED_S
from tests.collectors.wire_faults.stage import POINT_NAMES, PROFILES, Stage
from tests.collectors.wire_faults.surroundings import OWN, Lines, Own

# Readings wait so long at most before they are handed on.
_HANDED_ON_S: Final = 0.3
_TICK_S: Final = 0.1
_LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """A reading, and when it came out at the end."""

    device: str
    point: str
    index: int
    ts_us: int
    received_us: int
    value: float
    quality: Quality
    arrived_s: float


@dataclass(slots=True, kw_only=True)
class Measured:
    """``rows`` are those of the faulty device while the fault was settled.

    Cadences are polls that brought readings, to polls that were due. ``lag_s`` is the longest that
    the machine kept us waiting.
    """

    rows: list[Row]
    false: list[Row]
    other_cadence: float
    neighbour_cadence: float | None
    recovery_s: float
    lines: int
    told: str
    lag_s: float


class _TimedSink(Sink):
    """Knows of each reading whose it is and when it came, and the latest of each point."""

    def __init__(self) -> None:
        super().__init__()
        self.points: dict[int, tuple[str, str, int]] = {}
        self.rows: list[Row] = []
        self._latest: dict[int, Row] = {}

    async def accept(self, batch: ReadingBatch) -> None:
        now_s = time.monotonic()
        columns = (batch.point_id, batch.ts_us, batch.received_us, batch.value, batch.quality)
        for point, ts_us, received_us, value, quality in zip(
            *(c.tolist() for c in columns), strict=True
        ):
            row = Row(*self.points[point], ts_us, received_us, value, Quality(quality), now_s)
            self.rows.append(row)
            self._latest[point] = row

    def all_are(self, quality: Quality, device: str, since_s: float) -> bool:
        """Whether each point of the device has a reading of this quality that came since then."""
        wanted = [number for number, (name, _, _) in self.points.items() if name == device]
        return all(self._is(number, quality, since_s) for number in wanted)

    def _is(self, number: int, quality: Quality, since_s: float) -> bool:
        row = self._latest.get(number)
        return row is not None and row.quality is quality and row.arrived_s > since_s


@dataclass(slots=True)
class _Ticker:
    """Counts the polls that a loop as busy as ours has time for, and how late it was at worst."""

    at_s: list[float] = field(default_factory=list)
    lag_s: float = 0.0

    async def run(self) -> None:
        while True:
            now_s = time.monotonic()
            due_s = (floor(now_s / _TICK_S) + 1) * _TICK_S
            await asyncio.sleep(due_s - now_s)
            self.at_s.append(time.monotonic())
            self.lag_s = max(self.lag_s, self.at_s[-1] - due_s)

    def polls_due(self, window_s: tuple[float, float]) -> float:
        ticks = sum(window_s[0] <= at_s <= window_s[1] for at_s in self.at_s)
        return ticks * _TICK_S / POLL_S


async def measure(mode: Mode, stage: Stage, lines: Lines) -> Measured:
    """Let it begin, last and end; give what was seen."""
    OWN.set(Own(mode=mode.key))
    sink, ticker = _TimedSink(), _Ticker()
    async with running(stage.links, stage.devices, PROFILES, sink=sink) as run:
        sink.points = _points(run, stage)
        counting = asyncio.create_task(ticker.run())
        try:
            await _all_are(run, sink, Quality.GOOD, list(stage.truth), since_s=0.0)
            lines_before = lines.of[mode.key]
            began_s = time.monotonic()
            await stage.begin(mode)
            await asyncio.sleep(FAULT_S)
            told = run.ward.latest("faulty").last_error or ""
            await stage.end(mode)
            ended_s = time.monotonic()
            await _all_are(run, sink, mode.recovers_to, ["faulty"], since_s=ended_s)
            recovery_s = time.monotonic() - ended_s
            written = lines.of[mode.key] - lines_before
        finally:
            counting.cancel()
    settled = (began_s + SETTLED_S, ended_s)
    whole = (began_s, ended_s + _HANDED_ON_S)
    due = ticker.polls_due(whole)
    return Measured(
        rows=[r for r in _within(sink.rows, settled) if r.device == "faulty"],
        false=[r for r in sink.rows if _is_false(r, stage)],
        other_cadence=_polls(sink.rows, "well", whole) / due,
        neighbour_cadence=(
            _polls(sink.rows, "neighbour", whole) / due if "neighbour" in stage.truth else None
        ),
        recovery_s=recovery_s,
        lines=written,
        told=told,
        lag_s=ticker.lag_s,
    )


async def _all_are(
    run: Run, sink: _TimedSink, quality: Quality, devices: Sequence[str], *, since_s: float
) -> None:
    """Wait until the devices are all well, or say why one is not."""
    until_s = time.monotonic() + DEADLINE_S
    for device in devices:
        while not sink.all_are(quality, device, since_s):
            if time.monotonic() > until_s:
                health = run.ward.latest(device)
                raise AssertionError(f"{device} does not become {quality.name}: {health}")
            await asyncio.sleep(_LOOK_S)


def _points(run: Run, stage: Stage) -> dict[int, tuple[str, str, int]]:
    """Of each point id that is read the device, the point and its place in the profile."""
    places = {
        f"{device.id}.{name}": (device.id, name, place)
        for device in stage.devices
        for place, name in enumerate(POINT_NAMES[device.profile])
        if name not in device.absent
    }
    return {number: places[key] for key, number in run.ids.items() if key in places}


def _within(rows: Sequence[Row], window_s: tuple[float, float]) -> list[Row]:
    return [r for r in rows if window_s[0] <= r.arrived_s <= window_s[1]]


def _polls(rows: Sequence[Row], name: str, window_s: tuple[float, float]) -> int:
    """Polls that brought something usable."""
    first = [r for r in _within(rows, window_s) if r.device == name and not isnan(r.value)]
    return max(Counter(r.index for r in first).values(), default=0)


def _is_false(row: Row, stage: Stage) -> bool:
    """Whether somebody is told of a value that the point did not have at that time."""
    held = stage.truth[row.device]
    if row.quality is not Quality.GOOD:
        return not isnan(row.value) and not held.is_own(row.index, row.value)
    asked_us = 2 * row.ts_us - row.received_us
    return not held.held(row.index, row.value, asked_us * 1000, row.received_us * 1000)
