"""Samples of the long windows, kept in memory and extended: a year is not read every minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from models.legal_time.days import floor_hour, to_us
from models.registers.samples import NO_SAMPLES, Samples
from service.evaluation.ports import ReadingHistory
from service.evaluation.rolled_reach import RolledReach

# What is not rolled up yet is read finely, so that a window ending now is known up to now.
_NEWEST_STEP = timedelta(minutes=5)


class SampleCache:
    """First and last reading of each step, for some points.

    Hours that are rolled up are read once, and again when their roll-up changed, however far back;
    the newest are read from the readings each time.
    """

    def __init__(
        self, history: ReadingHistory, keys: Sequence[str], step: timedelta = timedelta(hours=1)
    ) -> None:
        self._history, self._step = history, step
        self._keys = tuple(keys)
        self._past: dict[str, Samples] = {}
        self._reach: RolledReach | None = None
        self.is_behind = False

    async def refresh(self, start: datetime, end: datetime) -> dict[str, Samples]:
        """Samples that reach from ``start`` to ``end``."""
        start, reach = floor_hour(start), self._reach
        state = await self._history.rolled(self._keys, None if reach is None else reach.revision)
        self.is_behind = state.is_behind
        upto = max(min(state.rolled_upto, floor_hour(end)), start)
        since = start if reach is None else min(reach.to_read(start, state), upto)
        past = self._past if reach is not None else {}
        if since < upto:
            further = await self._history.samples(self._keys, since, upto, self._step)
            past = self._spliced(past, since, further)
        kept = start if reach is None or since <= start else reach.trimmed(start)
        self._past = {key: one.since(to_us(kept)) for key, one in past.items()}
        self._reach = RolledReach(start=kept, end=upto, revision=state.revision)
        newest_step = min(_NEWEST_STEP, self._step)
        newest = await self._history.samples(self._keys, upto, end, newest_step)
        return self._spliced(self._past, upto, newest)

    def _spliced(
        self, past: Mapping[str, Samples], at: datetime, later: Mapping[str, Samples]
    ) -> dict[str, Samples]:
        return {
            key: past.get(key, NO_SAMPLES).upto(to_us(at)).then(later.get(key, NO_SAMPLES))
            for key in self._keys
        }
