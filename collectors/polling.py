"""What one poll of one device gives, and the Protocol of everything that can be polled."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from collectors.raw import RawSource
from models.readings import FloatArray, IntArray, Origin, Quality, ReadingBatch
from models.trouble.trouble import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """How a device is read otherwise than planned, because it refused something.

    Nothing of it is lasting; ``words`` say it to people, and are None if all is as planned.
    """

    split_blocks: int = 0
    refused_points: int = 0
    words: str | None = None


AS_PLANNED: Final = Learned()
# numpy takes a plain number several times as fast as a member of an enumeration.
_MEASURED: Final = int(Origin.MEASURED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """Readings of one poll, and what was wrong with them.

    ``bad_points`` have no usable value though they should (failed or out of range);
    ``failed_points`` are those of them that could not be read at all. Both count the
    ``other_points`` as well, which were not due and are as they were. ``doubt`` says why readings
    are uncertain although they came; ``clock_offset_s`` is how far the device's clock is ahead of
    ours, None when it told no time.
    """

    batch: ReadingBatch
    bad_points: int
    failed_points: int
    other_points: int = 0
    error: Cause | None = None
    learned: Learned = AS_PLANNED
    doubt: Cause | None = None
    clock_offset_s: float | None = None


class Source(RawSource, Protocol):
    """One device, read as its profile says."""

    @property
    def device(self) -> str:
        """Id of the device."""
        ...

    async def poll(self, *, probe: bool, due_s: Collection[float] | None = None) -> Poll:
        """Read points once, or raise a `CollectorError` if nothing answered.

        ``due_s`` are the rates whose points are read; None is all of them. With ``probe`` the
        device is believed lost: it gets one small question first, and no more if that stays
        unanswered.
        """
        ...


def measured_poll(
    *,
    point_id: NDArray[np.int32],
    ts_us: IntArray,
    received_us: IntArray,
    value: FloatArray,
    quality: NDArray[np.int16],
    error: Cause | None,
    learned: Learned = AS_PLANNED,
    doubt: Cause | None = None,
    clock_offset_s: float | None = None,
) -> Poll:
    """Wrap freshly measured columns, counting what is bad among them."""
    found = quality.tolist()
    failed, wild = found.count(Quality.BAD), found.count(Quality.OUT_OF_RANGE)
    batch = ReadingBatch(
        point_id=point_id,
        ts_us=ts_us,
        received_us=received_us,
        value=value,
        quality=quality,
        origin=np.full(len(point_id), _MEASURED, np.int16),
    )
    return Poll(
        batch=batch,
        bad_points=failed + wild,
        failed_points=failed,
        error=error,
        learned=learned,
        doubt=doubt,
        clock_offset_s=clock_offset_s,
    )
