"""One Modbus device: reads its blocks, keeps what was read, shows what was not."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collectors.backoff import Backoff
from collectors.errors import (
    CollectorError,
    CorruptReply,
    DeviceRefused,
    LinkDown,
    LinkTimeout,
)
from collectors.lessons import DeviceLesson
from collectors.modbus.book import BlockBook
from collectors.modbus.decode import Decoder
from collectors.modbus.exceptions import BUSY_CODES, FINAL_CODES, SPLITTING_CODES
from collectors.modbus.kept import KeptWords
from collectors.modbus.misread import misread_cause
from collectors.modbus.planning import plan_blocks
from collectors.modbus.wire import Block, RegisterLink, Reply
from collectors.polling import Poll, measured_poll
from collectors.ports import LessonStore
from collectors.profiles.schema import ModbusProfile
from collectors.raw import RawPoint
from models.readings import Quality
from models.trouble.trouble import Cause, Trouble

_BUSY_TRIES: Final = 3
_BUSY_PAUSE_S: Final = 0.1
# One unanswered block may be that block's fault; a second one is the device's.
_MISSES_PER_POLL: Final = 2

Placement = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Some points of a device: those of the rates that are due."""

    points: frozenset[int]
    rows: NDArray[np.intp]
    has_fastest: bool


class Layout:
    """What devices of one profile and the same rates share: plan, decoder, where registers go."""

    def __init__(self, profile: ModbusProfile, periods_s: Sequence[float] | None = None) -> None:
        """Compile the profile; raises `ProfileError` when it cannot be read with.

        ``periods_s`` is the rate of each point, if there are several.
        """
        self.profile = profile
        self.blocks = plan_blocks(profile, periods_s)
        self.decoder = Decoder(profile.points)
        self._placements: dict[Block, Placement] = {}
        self._periods_s = tuple(periods_s or ())
        self._asked: dict[tuple[float, ...], Asked | None] = {}

    def placement(self, block: Block) -> Placement:
        """Indices into the block, into the image, and of the points; computed once."""
        known = self._placements.get(block)
        if known is None:
            source, target = self.decoder.placement(block)
            known = source, target, np.array(block.points, np.intp)
            self._placements[block] = known
        return known

    def asked(self, due_s: Collection[float] | None) -> Asked | None:
        """The points of some rates, computed once; None for all points."""
        if due_s is None or not self._periods_s:
            return None
        rates = tuple(due_s)
        if rates not in self._asked:
            self._asked[rates] = self._asked_of(rates)
        return self._asked[rates]

    def _asked_of(self, due_s: tuple[float, ...]) -> Asked | None:
        rows = [row for row, period_s in enumerate(self._periods_s) if period_s in due_s]
        if len(rows) == len(self._periods_s):
            return None
        return Asked(
            points=frozenset(rows),
            rows=np.array(rows, np.intp),
            has_fastest=min(self._periods_s) in due_s,
        )


class _Image:
    """What one poll has brought so far of the points that it asks for."""

    def __init__(self, layout: Layout, asked: Asked | None) -> None:
        count = len(layout.profile.points)
        self.asked = asked
        self.is_asked = np.ones(count, np.bool_)
        if asked is not None:
            self.is_asked[:] = False
            self.is_asked[asked.rows] = True
        self.registers = np.zeros(layout.decoder.image_size, np.uint16)
        self.is_read = np.zeros(count, np.bool_)
        self.ts_us = np.zeros(count, np.int64)
        self.received_us = np.zeros(count, np.int64)
        self.is_answered = False
        self.missed: list[Block] = []
        self.busy: Counter[Block] = Counter()
        self.error: CollectorError | None = None

    def wants(self, block: Block) -> bool:
        """Whether the block is of the points asked for."""
        return self.asked is None or block.points[0] in self.asked.points

    def place(self, reply: Reply, placement: Placement) -> None:
        source, target, points = placement
        self.registers[target] = np.array(reply.registers, np.uint16)[source]
        self.is_read[points] = True
        self.ts_us[points] = reply.middle_us
        self.received_us[points] = reply.received_us


class ModbusSource:
    """Polls one unit behind a link, as its profile says."""

    def __init__(
        self,
        *,
        device: str,
        link_id: str,
        unit: int,
        layout: Layout,
        link: RegisterLink,
        point_ids: Sequence[int],
        poll_s: float,
        lessons: LessonStore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``point_ids`` are in the order of the profile's points.

        What the device taught before comes from ``lessons``, if it is still the same unit.
        """
        self._device = device
        self._link_id = link_id
        self._lessons = lessons
        self._unit = unit
        self._layout = layout
        self._link = link
        self._point_id = np.array(point_ids, np.int32)
        self._clock = clock
        self._poll_s = poll_s
        self._misread: tuple[bytes, Cause] | None = None
        self._kept = KeptWords(device, unit, layout.profile.points, layout.decoder)
        self._book = BlockBook(layout.profile.points, layout.blocks, Backoff.for_poll(poll_s))
        self._lesson = known = lessons.recall(device)
        if known is not None and (known.link, known.unit) == (link_id, unit):
            self._book.learn_again(known.blocks, clock())

    @property
    def device(self) -> str:
        """Id of the device."""
        return self._device

    async def poll(self, *, probe: bool, due_s: Collection[float] | None = None) -> Poll:
        """Read all blocks that are due; raises if none is answered, not even with a refusal."""
        asked = self._layout.asked(due_s)
        image = _Image(self._layout, asked)
        started_s = self._clock()
        unread = await self._read_blocks(image, probe=probe)
        if not image.is_answered:
            self._book.rotate()
            error = image.error or LinkTimeout(f"{self._device}: no block was answered")
            rows = np.flatnonzero(image.is_asked).tolist()
            self._kept.note_failed(rows, _now_us(), error.cause.detail)
            raise error
        for block in image.missed:
            self._book.missed(block, self._clock())
        if unread:
            # Or a peer that always stops at the same place would never be read to the end.
            self._book.begin_with(unread[0])
        if not image.is_read.any() and (asked is None or asked.has_fastest):
            # Slow points alone that are refused say nothing of the others.
            self._book.refused_everything()
        elapsed_s = self._clock() - started_s
        # A poll that overran its tick is followed by the next one that is still ahead.
        in_s = self._poll_s - elapsed_s % self._poll_s
        self._link.expect(self._unit, in_s, asker=self._device)
        return self._finish(image)

    def raw(self) -> Sequence[RawPoint]:
        """The last registers of each point."""
        return self._kept.raw()

    async def _read_blocks(self, image: _Image, *, probe: bool) -> deque[Block]:
        """Read what is due; gives what had to be left."""
        among = None if image.asked is None else image.asked.points
        todo = deque(self._book.due(self._clock(), among))
        allowed = 1 if probe else _MISSES_PER_POLL
        is_probing = probe
        busy_until_s = self._clock() + self._poll_s / 2.0
        while todo and len(image.missed) < allowed:
            block = todo.popleft()
            try:
                reply = await self._ask(image, block)
            except DeviceRefused as exc:
                image.error, image.is_answered = exc, True
                todo.extendleft(reversed(self._learn(block, exc.code)))
                # A device believed lost that is busy from the first block on stays one.
                is_worth_it = not probe or bool(image.is_read.any())
                if is_worth_it and self._clock() < busy_until_s and _is_busy(image, block, exc):
                    todo.append(block)
            except (LinkTimeout, CorruptReply) as exc:
                image.error = exc
                image.missed.append(block)
            except LinkDown as exc:
                image.error = exc
                todo.appendleft(block)
                return todo
            else:
                image.is_answered = True
                image.place(reply, self._layout.placement(block))
                # Only a device that refused everything until now gives more to read.
                todo = deque(filter(image.wants, self._book.answered(block))) or todo
            if is_probing and image.is_answered:
                is_probing, allowed = False, _MISSES_PER_POLL
                forgiven = filter(image.wants, self._book.forgive())
                todo.extend(b for b in forgiven if b not in todo and b != block)
        return todo

    async def _ask(self, image: _Image, block: Block) -> Reply:
        if tries := image.busy[block]:
            await asyncio.sleep(tries * _BUSY_PAUSE_S)
        return await self._link.read(
            self._unit, block, is_retest=self._book.was_mute(block), asker=self._device
        )

    def _learn(self, block: Block, code: int) -> Sequence[Block]:
        """Draw the consequence of a refusal; gives the smaller blocks to try instead."""
        if code in SPLITTING_CODES and len(block.points) > 1:
            return self._book.split(block, self._clock())
        if code in FINAL_CODES:
            self._book.refused(block, self._clock())
        return ()

    def _misread_cause(self, image: _Image, quality: NDArray[np.int16]) -> Cause | None:
        """Why values cannot be, worked out when other points are concerned than before.

        Trying the orders of words costs as much as ten polls, and a wrong profile stays wrong.
        """
        wild = (quality == Quality.OUT_OF_RANGE) & image.is_read
        if not wild.any():
            return None
        which = wild.tobytes()
        if self._misread is None or self._misread[0] != which:
            layout = self._layout
            cause = misread_cause(layout.profile.points, layout.decoder, image.registers, wild)
            self._misread = which, cause
        return self._misread[1]

    def _finish(self, image: _Image) -> Poll:
        """Decode what was read; what was not is NaN and bad, at the time of trying."""
        value, quality = self._layout.decoder.decode(image.registers)
        unread = ~image.is_read
        rows: slice | NDArray[np.intp] = slice(None)
        if image.asked is not None:
            rows = image.asked.rows
            unread &= image.is_asked
        learned = self._book.learned
        self._keep_lesson(is_as_planned=learned.words is None)
        error = None if image.error is None else image.error.cause
        is_whole = image.asked is None and not unread.any()
        if is_whole:
            self._kept.keep_all(image.registers, image.ts_us)
        else:
            self._kept.keep_some(image.registers, image.ts_us, image.is_read)
        if unread.any():
            left_out = f"{np.count_nonzero(unread)} points left out until their re-test"
            detail = "; ".join(filter(None, (left_out, learned.words)))
            error = error or Cause(Trouble.REFUSED, detail)
            now_us = _now_us()
            self._kept.note_failed(np.flatnonzero(unread).tolist(), now_us, error.detail)
            value[unread] = np.nan
            quality[unread] = Quality.BAD
            image.ts_us[unread] = image.received_us[unread] = now_us
        if error is None:
            error = self._misread_cause(image, quality)
        return measured_poll(
            point_id=self._point_id[rows],
            ts_us=image.ts_us[rows],
            received_us=image.received_us[rows],
            value=value[rows],
            quality=quality[rows],
            error=error,
            learned=learned,
        )

    def _keep_lesson(self, *, is_as_planned: bool) -> None:
        if is_as_planned and self._lesson is None:
            return
        blocks = self._book.lessons()
        lesson = DeviceLesson(link=self._link_id, unit=self._unit, blocks=blocks)
        kept = lesson if blocks else None
        if kept != self._lesson:
            self._lesson = kept
            self._lessons.note(self._device, kept)


def _now_us() -> int:
    return time.time_ns() // 1_000


def _is_busy(image: _Image, block: Block, refusal: DeviceRefused) -> bool:
    """Whether the block was refused for the moment only, and not too often."""
    if refusal.code not in BUSY_CODES:
        return False
    image.busy[block] += 1
    return image.busy[block] < _BUSY_TRIES
