"""Samples of the long windows, kept in memory and extended: a year is not read every minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from models.legal_time.days import to_us
from models.registers.samples import NO_SAMPLES, Samples
from service.evaluation.ports import ReadingHistory

STEP = timedelta(hours=1)
# Readings may come late from the spool: the newest hours are read again each time,
_OVERLAP = timedelta(hours=3)
# and finely, so that a window ending now is known up to now;
_NEWEST_STEP = timedelta(minutes=5)
# and everything once in a while, for what came later still.
_REREAD_AFTER = timedelta(hours=6)


class SampleCache:
    """First and last reading of each hour, for the registers of the KPIs.

    Right up to the overlap as soon as it is refreshed; what arrives later than that (a long
    outage of the store, an import) is taken in at the next full reading or on :meth:`forget`.
    """

    def __init__(self, history: ReadingHistory, keys: Sequence[str]) -> None:
        self._history = history
        self._keys = tuple(keys)
        self._samples: dict[str, Samples] = {}
        self._start: datetime | None = None
        self._end: datetime | None = None
        self._read_in_full_at: datetime | None = None

    def forget(self) -> None:
        """Read everything again at the next refresh."""
        self._read_in_full_at = None

    async def refresh(self, start: datetime, end: datetime) -> dict[str, Samples]:
        """Samples that reach from ``start`` to ``end``."""
        newest = _floor_hour(end - _OVERLAP)
        if self._must_read_all(start, end):
            self._samples = await self._history.samples(self._keys, start, newest, STEP)
            self._start, self._read_in_full_at = start, end
        elif self._end is not None and newest > self._end:
            # Evaluation itself was away for longer than the overlap.
            missed = await self._history.samples(self._keys, self._end, newest, STEP)
            self._samples = self._spliced(self._end, missed)
        newer = await self._history.samples(self._keys, newest, end, _NEWEST_STEP)
        self._samples = self._spliced(newest, newer)
        self._end = newest
        return self._samples

    def _spliced(self, at: datetime, later: Mapping[str, Samples]) -> dict[str, Samples]:
        return {
            key: self._samples.get(key, NO_SAMPLES).upto(to_us(at)).then(later.get(key, NO_SAMPLES))
            for key in self._keys
        }

    def _must_read_all(self, start: datetime, end: datetime) -> bool:
        if self._read_in_full_at is None or self._start is None or self._end is None:
            return True
        return start < self._start or end - self._read_in_full_at > _REREAD_AFTER


def _floor_hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)
