"""Hourly totals of gauges, kept in memory and extended: a month is not summed every minute."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from models.legal_time.days import to_us
from models.readings import IntArray
from models.registers.gauges import GaugesByKey, GaugeTotals, ValueRange, unknown_gauge
from models.registers.periods import Periods
from service.evaluation.ports import ReadingHistory

_HOUR = timedelta(hours=1)
_HOUR_US = 3_600_000_000
# Readings may come late from the spool: the newest hours are summed again each time,
_OVERLAP = timedelta(hours=3)
# and the newest days once in a while, for what came later still.
_LATE = timedelta(days=8)
_SUM_AGAIN_AFTER = timedelta(hours=6)
# Twelve gauges read every 5 s are 6.4 million readings in this time, which the store sums in a
# third of its time limit.
_AT_ONCE = timedelta(days=31)


class GaugeCache:
    """Totals of each hour, for some gauges with the ranges in which their time is summed.

    Right up to the overlap as soon as it is refreshed. What arrives later than some days (an
    import) is taken in on :meth:`forget`.
    """

    def __init__(
        self,
        history: ReadingHistory,
        ranges: Mapping[str, Sequence[ValueRange]],
    ) -> None:
        self._history = history
        self._ranges = {key: tuple(each) for key, each in ranges.items()}
        self._past: dict[str, GaugeTotals] = {}
        # The past reaches from start to end; the newest days of it were summed last at summed_at.
        self._reach: tuple[datetime, datetime] | None = None
        self._summed_at: datetime | None = None

    def forget(self) -> None:
        """Sum everything again at the next refresh."""
        self._reach = None

    async def refresh(self, start: datetime, end: datetime) -> GaugesByKey:
        """Totals of whole hours from ``start``, or earlier, and of the last one up to ``end``."""
        start = _floor_hour(start)
        newest = max(_floor_hour(end - _OVERLAP), start)
        since = min(self._sum_from(start, end), newest)
        kept = self._reach is not None and since > self._reach[0]
        past = {key: one.upto(to_us(since)) for key, one in self._past.items()} if kept else {}
        for first, last in _pieces(since, newest):
            past = _then(past, await self._sums(first, last))
        recent = await self._sums(newest, end)
        if self._reach is None or since < self._reach[1]:
            self._summed_at = end
        self._past, self._reach = past, (self._reach[0] if kept and self._reach else start, newest)
        return _then(past, recent)

    def _sum_from(self, start: datetime, end: datetime) -> datetime:
        if self._reach is None or self._summed_at is None or start < self._reach[0]:
            return start
        if end - self._summed_at > _SUM_AGAIN_AFTER:
            return min(max(_floor_hour(end - _LATE), start), self._reach[1])
        return self._reach[1]

    async def _sums(self, start: datetime, end: datetime) -> dict[str, GaugeTotals]:
        found = await self._history.gauges(tuple(self._ranges), start, end, _HOUR, self._ranges)
        unknown = Periods.between(_hour_edges_us(start, end))
        return {
            key: found[key] if key in found else unknown_gauge(unknown, ranges)
            for key, ranges in self._ranges.items()
        }


def _then(
    past: Mapping[str, GaugeTotals], later: Mapping[str, GaugeTotals]
) -> dict[str, GaugeTotals]:
    return {key: past[key].then(one) if key in past else one for key, one in later.items()}


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + _AT_ONCE, end)
        start += _AT_ONCE


def _hour_edges_us(start: datetime, end: datetime) -> IntArray:
    """Whole hours between two instants, and these. [µs]"""
    first, last = to_us(start), to_us(end)
    inner = np.arange(-(-first // _HOUR_US) * _HOUR_US, last, _HOUR_US, dtype=np.int64)
    return np.unique(np.concatenate([[first], inner, [last]])).astype(np.int64)


def _floor_hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)
