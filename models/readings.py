"""The value types every layer shares: quality, origin, batches of readings, windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


class Quality(IntEnum):
    """How far a reading can be trusted; stored as its number, exported as its name."""

    GOOD = 0
    UNCERTAIN = 1
    OUT_OF_RANGE = 2
    NOT_AVAILABLE = 3
    BAD = 4


class Origin(IntEnum):
    """Where a reading comes from. Evidence weighs less the further down the list."""

    MEASURED = 0
    IMPORTED = 1
    SUBSTITUTED = 2
    DECLARED = 3


class DeviceState(StrEnum):
    """What the collector knows of a device. Absent is a state, not a missing row."""

    STARTING = "starting"
    OK = "ok"
    DEGRADED = "degraded"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBatch:
    """Readings as equal-length columns, the one shape from the wire to the table.

    ``ts_us`` is when the device had this value: the middle of the request, or what the device
    told within it. ``received_us`` is the time of receipt; both are microseconds of UTC since 1970.
    A value that could not be read is NaN and its quality says why: missing is not zero.
    """

    point_id: NDArray[np.int32]
    ts_us: IntArray
    received_us: IntArray
    value: FloatArray
    quality: NDArray[np.int16]
    origin: NDArray[np.int16]

    def __post_init__(self) -> None:
        """Refuse columns of different length."""
        lengths = {
            len(self.point_id),
            len(self.ts_us),
            len(self.received_us),
            len(self.value),
            len(self.quality),
            len(self.origin),
        }
        if len(lengths) > 1:
            msg = f"a batch needs columns of one length, got {sorted(lengths)}"
            raise ValueError(msg)

    def __len__(self) -> int:
        """Count the readings."""
        return len(self.point_id)

    @classmethod
    def concat(cls, batches: Sequence[Self]) -> Self:
        """Join batches in order; an empty sequence gives an empty batch."""
        if not batches:
            return cls.empty()
        return cls(
            point_id=np.concatenate([b.point_id for b in batches]),
            ts_us=np.concatenate([b.ts_us for b in batches]),
            received_us=np.concatenate([b.received_us for b in batches]),
            value=np.concatenate([b.value for b in batches]),
            quality=np.concatenate([b.quality for b in batches]),
            origin=np.concatenate([b.origin for b in batches]),
        )

    def picked(self, rows: IntArray) -> Self:
        """Some of the readings, in the order of ``rows``."""
        return type(self)(
            point_id=self.point_id[rows],
            ts_us=self.ts_us[rows],
            received_us=self.received_us[rows],
            value=self.value[rows],
            quality=self.quality[rows],
            origin=self.origin[rows],
        )

    @classmethod
    def empty(cls) -> Self:
        """A batch of no readings."""
        return cls(
            point_id=np.empty(0, np.int32),
            ts_us=np.empty(0, np.int64),
            received_us=np.empty(0, np.int64),
            value=np.empty(0, np.float64),
            quality=np.empty(0, np.int16),
            origin=np.empty(0, np.int16),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A half-open interval ``[start, end)`` of aware UTC time, with its name.

    ``closed`` says that it is a whole named period that has ended, such as a calendar year: it is
    judged by the law of its last instant.
    """

    name: str
    start: datetime
    end: datetime
    closed: bool = False

    def __post_init__(self) -> None:
        """Refuse naive times and windows that end before they start."""
        if self.start.tzinfo is None or self.end.tzinfo is None:
            msg = f"window {self.name!r} needs aware times"
            raise ValueError(msg)
        if self.end < self.start:
            msg = f"window {self.name!r} ends {self.end} before it starts {self.start}"
            raise ValueError(msg)

    @property
    def duration(self) -> timedelta:
        """Length of the window."""
        return self.end - self.start
