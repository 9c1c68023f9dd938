"""What was wrong with the meters of an invented site, on purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
    for fault in faults:
        if fault.kind is MeterFaultKind.REPLACED:
            after = ts_us >= fault.silence_us(int(ts_us[-1]))[1]
            mine = _of_device(keys, fault.device)
            if after.any():
                values[np.ix_(after, mine)] -= values[int(np.argmax(after)), mine]
    silence(values, ts_us, keys, faults)


def silence(
    values: FloatArray, ts_us: IntArray, keys: Sequence[str], faults: Sequence[MeterFault]
) -> None:
    """Take what was not read from values of shape (times, keys), in place."""
    for fault in faults:
        start_us, stop_us = fault.silence_us(int(ts_us[-1]))
        silent = (ts_us >= start_us) & (ts_us < stop_us)
        values[np.ix_(silent, _of_device(keys, fault.device))] = np.nan


def _of_device(keys: Sequence[str], device: str) -> NDArray[np.bool_]:
    return np.array([key.partition(".")[0] == device for key in keys], dtype=bool)
