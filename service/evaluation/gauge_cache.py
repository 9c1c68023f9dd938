"""Totals of gauges by steps, kept in memory and extended: a year is not read every minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from models.legal_time.days import floor_hour, to_us
from models.readings import IntArray
from models.registers.gauges import GaugesByKey, GaugeTotals, ValueRange, unknown_gauge
from models.registers.periods import Periods
from service.evaluation.ports import ReadingHistory
from service.evaluation.rolled_reach import RolledReach

_NO_PERIODS = Periods.between(np.zeros(1, np.int64))


class GaugeCache:
    """Totals of each step, for some gauges with the ranges in which their time is summed.

    Hours that are rolled up are read once, and again when their roll-up changed, however far back;
    the newest are summed from the readings each time.
    """

    def __init__(
        self,
        history: ReadingHistory,
        ranges: Mapping[str, Sequence[ValueRange]],
        step: timedelta = timedelta(hours=1),
    ) -> None:
        self._history, self._step = history, step
        self._ranges = {key: tuple(each) for key, each in ranges.items()}
        self._past: dict[str, GaugeTotals] = {}
        self._reach: RolledReach | None = None
        self.is_behind = False

    async def refresh(self, start: datetime, end: datetime) -> GaugesByKey:
        """Totals of the steps from the hour of ``start``, or earlier, up to ``end``."""
        start, reach = floor_hour(start), self._reach
        since_revision = None if reach is None else reach.revision
        state = await self._history.rolled(tuple(self._ranges), since_revision)
        self.is_behind = state.is_behind
        upto = max(min(state.rolled_upto, floor_hour(end)), start)
        since = start if reach is None else min(reach.to_read(start, state), upto)
        past = {} if reach is None or since <= start else self._past
        if since < upto:
            kept = {key: one.upto(to_us(since)) for key, one in past.items()}
            past = _then(kept, await self._sums(since, upto))
        first = start if reach is None or since <= start else reach.trimmed(start)
        self._past = {key: one.between(to_us(first), to_us(upto)) for key, one in past.items()}
        self._reach = RolledReach(start=first, end=upto, revision=state.revision)
        return _then(self._past, await self._sums(upto, end))

    async def _sums(self, start: datetime, end: datetime) -> dict[str, GaugeTotals]:
        if start == end:
            return {key: unknown_gauge(_NO_PERIODS, each) for key, each in self._ranges.items()}
        keys, step = tuple(self._ranges), self._step
        found = await self._history.gauges(keys, start, end, step, self._ranges)
        unknown = Periods.between(_edges_us(start, end, step))
        return {
            key: found[key] if key in found else unknown_gauge(unknown, ranges)
            for key, ranges in self._ranges.items()
        }


def _then(
    past: Mapping[str, GaugeTotals], later: Mapping[str, GaugeTotals]
) -> dict[str, GaugeTotals]:
    return {key: past[key].then(one) if key in past else one for key, one in later.items()}


def _edges_us(start: datetime, end: datetime, step: timedelta) -> IntArray:
    """Whole steps between two instants, and these. [µs]"""
    first, last, step_us = to_us(start), to_us(end), step // timedelta(microseconds=1)
    inner = np.arange(-(-first // step_us) * step_us, last, step_us, dtype=np.int64)
    return np.unique(np.concatenate([[first], inner, [last]])).astype(np.int64)
