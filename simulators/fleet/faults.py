"""What was wrong with the meters of an invented site, on purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from models.readings import FloatArray, IntArray

_DAY_US: Final = 86_400_000_000


class MeterFaultKind(StrEnum):
    """``GAP``: silent, and counting on. ``REPLACED``: silent, then another meter from zero.

    ``DEAD``: silent for good.
    """

    GAP = "gap"
    REPLACED = "replaced"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFault:
    """One fault of one device; it begins ``days_before_end`` and is silent for ``days``."""

    kind: MeterFaultKind
    device: str
    days_before_end: float
    days: float = 0.0

    def silence_us(self, end_us: int) -> tuple[int, int]:
        """From when to when nothing is read, for a history that ends at a time."""
        start_us = end_us - round(self.days_before_end * _DAY_US)
        if self.kind is MeterFaultKind.DEAD:
            return start_us, end_us + 1
        return start_us, start_us + round(self.days * _DAY_US)


def spoil(
    values: FloatArray, ts_us: IntArray, keys: Sequence[str], faults: Sequence[MeterFault]
) -> None:
    """Put the faults into registers of shape (times, keys), in place."""
    end_us = int(ts_us[-1])
    for fault in faults:
        start_us, stop_us = fault.silence_us(end_us)
        silent = (ts_us >= start_us) & (ts_us < stop_us)
        after = ts_us >= stop_us
        for column, key in enumerate(keys):
            if key.partition(".")[0] != fault.device:
                continue
            if fault.kind is MeterFaultKind.REPLACED and after.any():
                values[after, column] -= values[int(np.argmax(after)), column]
            values[silent, column] = np.nan
