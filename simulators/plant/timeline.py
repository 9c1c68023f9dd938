"""The plant's past, block by block: computed when asked, remembered while it is near.

Registers and the rain tank carry on from block to block, so the first question about a
block runs all blocks before it once; afterwards only the few latest blocks are kept.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray
from simulators.plant.block import COUNTER_ROWS, LINEAR_ROWS, STEP_ROWS, Block, build_block
from simulators.plant.errors import PlantTimeError
from simulators.plant.grid import BLOCK_US, NODE_H, NODE_US
from simulators.plant.scenario import NOTHING_HAPPENS, Scenario
from simulators.plant.variant import REFERENCE, Variant

_KEPT_BLOCKS: Final = 5
_FIRST_TANK_M3: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows at some times: one column per time. ``where`` are their places in the question."""

    where: NDArray[np.int64]
    linear: FloatArray
    integral: FloatArray
    step: FloatArray


class Timeline:
    """Rows of one seeded plant at any times since its epoch."""

    def __init__(
        self,
        seed: int,
        epoch_us: int,
        scenario: Scenario = NOTHING_HAPPENS,
        variant: Variant = REFERENCE,
    ) -> None:
        self._seed = seed
        self._scenario = scenario
        self._variant = variant
        self._epoch_us = epoch_us
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        # totals and tank level at the start of block n, for every n reached so far
        self._totals: list[FloatArray] = [np.zeros(len(COUNTER_ROWS))]
        self._tanks_m3: list[float] = [_FIRST_TANK_M3]

    def samples(self, ts_us: IntArray) -> Iterator[Sample]:
        """Rows at the times, one sample per block they touch."""
        since_us = np.atleast_1d(np.asarray(ts_us, dtype=np.int64)) - self._epoch_us
        if since_us.size and int(since_us.min()) < 0:
            msg = "the plant knows no time before its epoch"
            raise PlantTimeError(msg)
        block_of = since_us // BLOCK_US
        for number in np.unique(block_of).tolist():
            where = np.flatnonzero(block_of == number)
            yield self._sample(number, where, since_us[where] - number * BLOCK_US)

    def _sample(self, number: int, where: NDArray[np.int64], into_us: IntArray) -> Sample:
        block = self._block(number)
        node = into_us // NODE_US
        weight = (into_us % NODE_US) / NODE_US
        low = block.linear[:, node]
        rise = block.linear[:, node + 1] - low
        counters = len(COUNTER_ROWS)
        part = low[:counters] * weight + rise[:counters] * (0.5 * weight * weight)
        since_start = block.integral[:, node] + part * NODE_H
        return Sample(
            where=where,
            linear=low + rise * weight,
            integral=self._totals[number][:, None] + since_start,
            step=block.step[:, node],
        )

    def _block(self, number: int) -> Block:
        while len(self._totals) <= number:
            self._build(len(self._totals) - 1)
        if number not in self._blocks:
            return self._build(number)
        self._blocks.move_to_end(number)
        return self._blocks[number]

    def _build(self, number: int) -> Block:
        block = build_block(
            self._seed,
            number,
            self._epoch_us // 1_000_000,
            tank_m3=self._tanks_m3[number],
            scenario=self._scenario,
            variant=self._variant,
        )
        if len(self._totals) == number + 1:
            self._totals.append(self._totals[number] + block.integral[:, -1])
            self._tanks_m3.append(block.tank_m3)
        self._blocks[number] = block
        while len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return block


ROW_INDEX: Final = {name: n for n, name in enumerate(LINEAR_ROWS)}
COUNTER_INDEX: Final = {name: n for n, name in enumerate(COUNTER_ROWS)}
STEP_INDEX: Final = {name: n for n, name in enumerate(STEP_ROWS)}
