"""What one point showed: its stored readings, and what they are called."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from models.legal_time.days import from_us
from models.readings import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPoint:
    """A point of which readings may be stored."""

    key: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedReadings:
    """Readings of one point as columns, in time order; NaN where a value is missing."""

    ts_us: IntArray
    value: FloatArray
    quality: NDArray[np.int16]
    origin: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.ts_us)

    @property
    def last_ts(self) -> datetime:
        """Time of the last one; there must be one."""
        return from_us(self.ts_us[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From when on single readings are surely kept, and up to when hours are summed."""

    readings_from: datetime
    hours_upto: datetime
