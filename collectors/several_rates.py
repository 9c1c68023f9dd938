"""A device of several rates: what is known of all its points after a poll of some of them."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from collectors.polling import Poll, Source
from collectors.raw import RawPoint
from models.readings import Quality
from models.trouble.trouble import Cause


class SeveralRates:
    """Polls another source, and adds what it last said of the points that were not due.

    The slow points of a device that are refused make it degraded for as long as they are, and not
    only at the tick at which they are asked.
    """

    def __init__(
        self, source: Source, point_ids: Sequence[int], periods_s: Sequence[float]
    ) -> None:
        """``periods_s`` are the rates of the points, in their order."""
        self._source = source
        self._row_of = {point_id: row for row, point_id in enumerate(point_ids)}
        self._period_s = np.array(periods_s)
        self._quality = np.full(len(point_ids), Quality.GOOD, np.int16)
        self._errors: dict[float, Cause] = {}
        self._doubts: dict[float, Cause] = {}

    @property
    def device(self) -> str:
        """Id of the device."""
        return self._source.device

    def raw(self) -> Sequence[RawPoint]:
        """The last words of each point."""
        return self._source.raw()

    async def poll(self, *, probe: bool, due_s: Collection[float] | None = None) -> Poll:
        """Poll what is due; the figures and the words are of the whole device."""
        poll = await self._source.poll(probe=probe, due_s=due_s)
        rows = [self._row_of[point_id] for point_id in poll.batch.point_id.tolist()]
        self._quality[rows] = poll.batch.quality
        for period_s in set(self._period_s[rows].tolist()):
            mine = self._quality[self._period_s == period_s]
            _keep(self._errors, period_s, poll.error, is_so=bool(_is_bad(mine).any()))
            uncertain = bool((mine == Quality.UNCERTAIN).any())
            _keep(self._doubts, period_s, poll.doubt, is_so=uncertain)
        return replace(
            poll,
            bad_points=int(np.count_nonzero(_is_bad(self._quality))),
            failed_points=int(np.count_nonzero(self._quality == Quality.BAD)),
            other_points=len(self._quality) - len(rows),
            error=_joined(self._errors),
            doubt=_joined(self._doubts),
        )


def _is_bad(quality: NDArray[np.int16]) -> NDArray[np.bool_]:
    return np.isin(quality, (Quality.BAD, Quality.OUT_OF_RANGE))


def _keep(told: dict[float, Cause], period_s: float, cause: Cause | None, *, is_so: bool) -> None:
    """The cause of a rate, for as long as it holds."""
    if not is_so:
        told.pop(period_s, None)
    elif cause is not None:
        told[period_s] = cause


def _joined(told: dict[float, Cause]) -> Cause | None:
    """All causes, of which that of the fastest rate names the trouble."""
    causes = list(dict.fromkeys(told[one] for one in sorted(told)))
    if not causes:
        return None
    return Cause(causes[0].trouble, "; ".join(one.detail for one in causes))
