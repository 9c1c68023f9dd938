"""What one device taught about its blocks: which to split, which to leave alone for now."""

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.backoff import Backoff
from collectors.modbus.planning import block_of
from collectors.modbus.wire import Block
from collectors.profiles.schema import ModbusPoint

# A refused register stays refused until someone changes the device: ask again rarely.
QUARANTINE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aside:
    """A block that is left out until a time."""

    retest_at_s: float
    misses: int
    is_refused: bool


class BlockBook:
    """The blocks of one device as learned so far, in reading order."""

    def __init__(
        self, points: Sequence[ModbusPoint], blocks: Sequence[Block], backoff: Backoff
    ) -> None:
        """Start from the plan of the profile."""
        self._points = tuple(points)
        self._blocks = list(blocks)
        self._backoff = backoff
        self._aside: dict[Block, _Aside] = {}

    def due(self, now_s: float) -> list[Block]:
        """Blocks to read now; at least one, so that the device is always asked something."""
        due = [b for b in self._blocks if self._retest_at_s(b) <= now_s]
        # A block that may be mute costs a timeout: what is read without comes first.
        due.sort(key=self.was_mute)
        return due or [min(self._blocks, key=self._retest_at_s)]

    def was_mute(self, block: Block) -> bool:
        """Whether the block got no answer the last time, while others did."""
        aside = self._aside.get(block)
        return aside is not None and not aside.is_refused

    def rotate(self) -> None:
        """Begin with another block next time: the first may be the one that is never answered."""
        self._blocks.append(self._blocks.pop(0))

    def split(self, block: Block) -> tuple[Block, Block]:
        """Replace a refused block by its halves."""
        middle = len(block.points) // 2
        halves = (
            block_of(self._points, block.points[:middle]),
            block_of(self._points, block.points[middle:]),
        )
        position = self._blocks.index(block)
        self._blocks[position : position + 1] = halves
        self._aside.pop(block, None)
        return halves

    def answered(self, block: Block) -> None:
        """The block is fine."""
        self._aside.pop(block, None)

    def refused(self, block: Block, now_s: float) -> None:
        """Quarantine a block that the device declines."""
        self._aside[block] = _Aside(retest_at_s=now_s + QUARANTINE_S, misses=0, is_refused=True)

    def missed(self, block: Block, now_s: float) -> None:
        """Leave out a block that got no answer while others did, longer each time."""
        known = self._aside.get(block)
        misses = known.misses + 1 if known is not None else 1
        self._aside[block] = _Aside(
            retest_at_s=now_s + self._backoff.ceiling_s(misses), misses=misses, is_refused=False
        )

    def forgive(self) -> list[Block]:
        """The device was lost and is back: what it missed then says nothing of now."""
        forgiven = [b for b, aside in self._aside.items() if not aside.is_refused]
        for block in forgiven:
            del self._aside[block]
        return forgiven

    def _retest_at_s(self, block: Block) -> float:
        aside = self._aside.get(block)
        return aside.retest_at_s if aside is not None else 0.0
