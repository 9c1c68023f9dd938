"""What one device taught about its blocks: which to split, which to leave alone for now.

Nothing is learned for good. A gateway that starts may refuse for two seconds what it gives
ever after, so whatever was refused is tried again: soon at first, then ever more rarely.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from collectors.backoff import Backoff
from collectors.lessons import BlockLesson
from collectors.modbus.planning import block_of
from collectors.modbus.wire import Block
from collectors.polling import AS_PLANNED, Learned
from collectors.profiles.schema import ModbusPoint

# A register that was refused often stays refused until someone changes the device.
QUARANTINE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aside:
    """A block that is left out until a time; ``failures`` in a row brought it there."""

    retest_at_s: float
    failures: int
    is_refused: bool


@dataclass(slots=True, eq=False)
class _Planned:
    """A block of the plan and how it is read now; the whole is tried again at a time."""

    block: Block
    parts: list[Block]
    refusals: int = 0
    retest_at_s: float = 0.0

    @property
    def is_split(self) -> bool:
        return self.parts != [self.block]

    def restore(self) -> None:
        self.parts, self.refusals, self.retest_at_s = [self.block], 0, 0.0


class BlockBook:
    """The blocks of one device as learned so far, in reading order."""

    def __init__(
        self, points: Sequence[ModbusPoint], blocks: Sequence[Block], backoff: Backoff
    ) -> None:
        """Start from the plan of the profile; ``backoff`` is that of a mute block."""
        self._points = tuple(points)
        self._plan = [_Planned(b, [b]) for b in blocks]
        self._backoff = backoff
        self._quarantine = replace(backoff, cap_s=QUARANTINE_S)
        self._aside: dict[Block, _Aside] = {}
        self._is_blind = False

    def due(self, now_s: float, among: Container[int] | None = None) -> list[Block]:
        """Blocks to read now; at least one, so that the device is always asked something.

        Only those of the points ``among`` which it is asked for, if some are not.
        """
        plan = [p for p in self._plan if among is None or p.block.points[0] in among]
        due = [b for planned in plan for b in self._due_of(planned, now_s)]
        if self._is_blind or not due:
            # One is enough to see whether a device that refuses everything has changed its mind.
            return [min((b for p in plan for b in p.parts), key=self._retest_at_s)]
        # A block that may be mute costs a timeout: what is read without comes first.
        due.sort(key=self.was_mute)
        return due

    def was_mute(self, block: Block) -> bool:
        """Whether the block got no answer the last time, while others did."""
        aside = self._aside.get(block)
        return aside is not None and not aside.is_refused

    def rotate(self) -> None:
        """Begin with another block next time: the first may be the one that is never answered."""
        self._plan.append(self._plan.pop(0))

    def begin_with(self, block: Block) -> None:
        """Begin with this block next time."""
        position = self._plan.index(self._planned(block))
        self._plan = self._plan[position:] + self._plan[:position]

    def split(self, block: Block, now_s: float) -> list[Block]:
        """Replace a refused block by its halves; gives what to read in its place now."""
        planned = self._planned(block)
        self._aside.pop(block, None)
        if block == planned.block:
            planned.refusals += 1
            planned.retest_at_s = now_s + self._quarantine.ceiling_s(planned.refusals)
            if planned.is_split:
                return [b for b in planned.parts if self._retest_at_s(b) <= now_s]
        middle = len(block.points) // 2
        halves = [
            block_of(self._points, block.points[:middle]),
            block_of(self._points, block.points[middle:]),
        ]
        position = planned.parts.index(block)
        planned.parts[position : position + 1] = halves
        return halves

    def answered(self, block: Block) -> list[Block]:
        """The block is fine; gives what to read as well, now that this is known."""
        self._aside.pop(block, None)
        planned = self._planned(block)
        if block == planned.block:
            self._restore(planned)
        if not self._is_blind:
            return []
        self._is_blind = False
        for other in self._plan:
            self._restore(other)
        return [other.block for other in self._plan if other.block != block]

    def refused(self, block: Block, now_s: float) -> None:
        """Quarantine a block that the device declines."""
        self._put_aside(block, now_s, self._quarantine, is_refused=True)

    def refused_everything(self) -> None:
        """Not one block was read: this says more of the device than of its registers."""
        self._is_blind = any(p.is_split for p in self._plan) or any(
            aside.is_refused for aside in self._aside.values()
        )

    def missed(self, block: Block, now_s: float) -> None:
        """Leave out a block that got no answer while others did, longer each time."""
        self._put_aside(block, now_s, self._backoff, is_refused=False)

    def forgive(self) -> list[Block]:
        """The device was lost and is back: what it missed then says nothing of now."""
        forgiven = [b for b, aside in self._aside.items() if not aside.is_refused]
        for block in forgiven:
            del self._aside[block]
        return forgiven

    @property
    def learned(self) -> Learned:
        """What differs from the plan, for people."""
        split = [p for p in self._plan if p.is_split]
        if not split and not self._aside:
            return AS_PLANNED
        refused = [
            self._points[i].name for b in self._parts() if self._is_refused(b) for i in b.points
        ]
        words = [f"{p.block} is read in {len(p.parts)} parts" for p in split]
        if refused:
            words.append(f"refused: {', '.join(refused)}")
        return Learned(
            split_blocks=len(split), refused_points=len(refused), words="; ".join(words) or None
        )

    def lessons(self) -> tuple[BlockLesson, ...]:
        """What differs from the plan, for a later book of the same device.

        Nothing of a device that refuses everything: that is no matter of its registers.
        """
        if self._is_blind:
            return ()
        return tuple(
            self._lesson(p.block, p.parts if p.is_split else ())
            for p in sorted(self._plan, key=lambda p: (p.block.space, p.block.address))
            if p.is_split or self._is_refused(p.block)
        )

    def learn_again(self, lessons: Sequence[BlockLesson], now_s: float) -> None:
        """Begin with what an earlier book learned, and test it as if it had been learned now.

        What does not fit the plan of now is left out.
        """
        index_of = {point.name: index for index, point in enumerate(self._points)}
        for lesson in lessons:
            read = [self._block(one, index_of) for one in (lesson, *lesson.parts)]
            if None in read:
                continue
            whole, *parts = [block for block in read if block is not None]
            planned = next((p for p in self._plan if p.block == whole), None)
            inside = [index for part in parts for index in part.points]
            if planned is None or (parts and sorted(inside) != sorted(whole.points)):
                continue
            if parts:
                planned.parts, planned.refusals = parts, 1
                planned.retest_at_s = now_s + self._quarantine.ceiling_s(1)
            for one, block in zip(lesson.parts or (lesson,), planned.parts, strict=True):
                if one.is_refused:
                    self.refused(block, now_s)

    def _block(self, lesson: BlockLesson, index_of: Mapping[str, int]) -> Block | None:
        """The block of a lesson, if its points still lie where they lay."""
        if not lesson.points or not all(name in index_of for name in lesson.points):
            return None
        block = block_of(self._points, [index_of[name] for name in lesson.points])
        found = (block.space, block.address, block.count)
        return block if found == (lesson.space, lesson.address, lesson.count) else None

    def _lesson(self, block: Block, parts: Sequence[Block]) -> BlockLesson:
        return BlockLesson(
            space=block.space,
            address=block.address,
            count=block.count,
            points=tuple(self._points[index].name for index in block.points),
            is_refused=self._is_refused(block),
            parts=tuple(self._lesson(part, ()) for part in parts),
        )

    def _is_refused(self, block: Block) -> bool:
        aside = self._aside.get(block)
        return aside is not None and aside.is_refused

    def _put_aside(self, block: Block, now_s: float, backoff: Backoff, *, is_refused: bool) -> None:
        known = self._aside.get(block)
        before = known.failures if known is not None and known.is_refused == is_refused else 0
        self._aside[block] = _Aside(
            retest_at_s=now_s + backoff.ceiling_s(before + 1),
            failures=before + 1,
            is_refused=is_refused,
        )

    def _restore(self, planned: _Planned) -> None:
        for part in planned.parts:
            self._aside.pop(part, None)
        planned.restore()

    def _due_of(self, planned: _Planned, now_s: float) -> list[Block]:
        if planned.is_split and planned.retest_at_s <= now_s:
            return [planned.block]
        return [b for b in planned.parts if self._retest_at_s(b) <= now_s]

    def _parts(self) -> list[Block]:
        return [b for planned in self._plan for b in planned.parts]

    def _planned(self, block: Block) -> _Planned:
        return next(p for p in self._plan if block == p.block or block in p.parts)

    def _retest_at_s(self, block: Block) -> float:
        aside = self._aside.get(block)
        return aside.retest_at_s if aside is not None else 0.0
