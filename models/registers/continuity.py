"""Which readings of a register belong to one continuous count.

Rules and words are those of this folder's README: plausible steps make runs, a later run may
continue an earlier one, what lies between is dropped, and where nothing continues the count breaks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray
from models.registers.differences import Differences
from models.registers.register import Register
from models.registers.samples import Samples

US_PER_HOUR = 3_600_000_000

# A register read a moment early or late must not look faster than the meter's rated power.
RATE_SLACK = 1.5
_MIN_RATE_SPAN_US = 10_000_000
# A step that is below the limit by more than rounding needs no second look.
_WELL_WITHIN = 1.0 - 1e-9
# A rollover goes from the top tenth of the range to its bottom tenth, or is no faster than this
# many times the usual rate.
_NEAR_END = 0.1
_USUAL_TIMES = 3.0
# An index that is older by no more than a day of counting is taken for an old one even when it
# went on counting; one that starts near zero is a reset.
_OLDER_BY_H = 24.0
_OLDER_SHARE = 0.5
# Later runs are tried in order; a count that none of so many continues has broken.
_TRIED_RUNS = 16
# A register nearly all of whose steps are too fast is read in another unit, or is another register:
# it has no count, and thousands of breaks say no more than none. A few readings may be glitches.
_ALWAYS_FAST, _LEAST_STEPS_SEEN = 0.9, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Readings ``[start, stop)`` that are kept, and what is added to each for its level.

    ``joined`` says that the piece goes on from the one before it; else a new segment begins.
    """

    start: int
    stop: int
    offset: float
    joined: bool


def most_gain(span_us: IntArray, max_rate_per_h: float | None) -> FloatArray:
    """The most a register can have counted over some spans, with slack for the time of reading.

    Examples
    --------
    >>> most_gain(np.array([US_PER_HOUR]), 100.0).tolist()
    [150.0]
    """
    if max_rate_per_h is None:
        return np.full(np.shape(span_us), np.inf)
    span_h = np.maximum(span_us, _MIN_RATE_SPAN_US) / US_PER_HOUR
    return np.asarray(RATE_SLACK * max_rate_per_h * span_h)


def continuous_pieces(
    register: Register, samples: Samples, differences: Differences | None = None
) -> list[Piece]:
    """Cut readings into the pieces that make a count.

    Parameters
    ----------
    register : Register
        Modulus, greatest rate, net or not; its events are not looked at.
    samples : Samples
        Its readings, finite, in canonical unit.
    differences : Differences, optional
        Those of the readings, where they are known already.

    Returns
    -------
    list of Piece
        In order of time; readings in none of them are dropped.

    Examples
    --------
    A stretch of zeros is dropped, a rollover goes on:

    >>> register = Register(key="m.energy", modulus=1000.0, max_rate_per_h=10.0)
    >>> hours = np.arange(6) * US_PER_HOUR
    >>> shown = Samples(ts_us=hours, value=np.array([980.0, 0.0, 0.0, 995.0, 2.0, 7.0]))
    >>> pieces = continuous_pieces(register, shown)
    >>> [(one.start, one.stop, one.offset, one.joined) for one in pieces]
    [(0, 1, 0.0, False), (3, 4, 0.0, True), (4, 6, 1000.0, True)]
    """
    if not len(samples):
        return []
    ts_us, value = samples.ts_us, samples.value
    starts = _run_starts(register, samples, differences or Differences.of(samples))
    if _is_always_too_fast(value, starts):
        return []
    if len(starts) == 1:
        return [Piece(start=0, stop=len(value), offset=0.0, joined=False)]
    return list(_Chain(register, ts_us, value, starts).pieces())


def _is_always_too_fast(value: FloatArray, starts: IntArray) -> bool:
    steps, broken = len(value) - 1, starts[1:]
    if steps < _LEAST_STEPS_SEEN or len(broken) < _ALWAYS_FAST * steps:
        return False
    upward = int((value[broken] > value[broken - 1]).sum())
    return upward >= _ALWAYS_FAST * steps


def _run_starts(register: Register, samples: Samples, differences: Differences) -> IntArray:
    """Index of the first reading of each run; a rollover begins a run."""
    suspect = _suspect_steps(register, differences)
    if not len(suspect):
        return np.zeros(1, np.int64)
    before, after = samples.value[suspect], samples.value[suspect + 1]
    gain = differences.gain[suspect]
    limit = most_gain(differences.span_us[suspect], register.max_rate_per_h)
    fast = np.abs(gain) > limit
    limit[fast] += _steps(register, before[fast], after[fast])
    good = gain <= limit
    good &= gain >= (-limit if register.net else 0.0)
    return np.append(0, suspect[~good] + 1)


def _suspect_steps(register: Register, differences: Differences) -> IntArray:
    """Steps that are not well within the limit, which most of most registers are.

    In few passes over all readings: what it finds is looked at in full.
    """
    gain, rate = differences.gain, register.max_rate_per_h
    falls = not register.net and differences.least_gain < 0.0
    if rate is not None:
        room = differences.span_us * (_WELL_WITHIN * RATE_SLACK * rate / US_PER_HOUR)
        room -= np.abs(gain) if register.net else gain
        if room.min(initial=0.0) < 0.0:
            return np.flatnonzero((room < 0.0) | (gain < 0.0) if falls else room < 0.0)
    return np.flatnonzero(gain < 0.0) if falls else np.zeros(0, np.int64)


def _steps(register: Register, before: FloatArray, after: FloatArray) -> FloatArray:
    """The least by which a register can move at all between some readings."""
    return register.step_at(np.maximum(np.abs(before), np.abs(after)))


@dataclass(frozen=True, slots=True)
class _Join:
    """How the count goes on: it leaves after ``leave`` and enters at ``enter`` of a later run."""

    leave: int
    enter: int
    run: int
    wraps: int = 0


class _Chain:
    """Follows a count from run to run."""

    def __init__(
        self, register: Register, ts_us: IntArray, value: FloatArray, starts: IntArray
    ) -> None:
        self._register = register
        self._ts_us, self._value = ts_us, value
        self._start = starts
        self._stop = np.append(starts[1:], len(value))
        within = value[self._stop - 1] - value[starts]
        self._counted_before = np.concatenate([[0.0], np.cumsum(within)])
        self._usual_rate = self._mean_rate(within)

    def _mean_rate(self, within: FloatArray) -> float:
        spans_us = self._ts_us[self._stop - 1] - self._ts_us[self._start]
        whole_h = float(spans_us.sum()) / US_PER_HOUR
        return float(np.abs(within).sum()) / whole_h if whole_h > 0.0 else 0.0

    def pieces(self) -> Iterator[Piece]:
        """The pieces in order."""
        run, enter, offset, joined = 0, 0, 0.0, False
        while run < len(self._start):
            join = self._next(run, enter)
            last = int(self._stop[run]) - 1
            leave = last if join is None else join.leave
            yield Piece(start=enter, stop=leave + 1, offset=offset, joined=joined)
            if join is None:
                run, joined = run + 1, False
                enter = int(self._start[run]) if run < len(self._start) else 0
                continue
            if join.wraps:
                offset += float(self._register.modulus or 0.0)
            run, enter, joined = join.run, join.enter, True

    def _next(self, run: int, entered: int) -> _Join | None:
        """Where the count of a run goes on; None where it breaks."""
        if run + 1 >= len(self._start):
            return None
        found = self._first_join(run, entered)
        return self._without_spike(run, entered, found) or found

    def _first_join(self, run: int, entered: int) -> _Join | None:
        """The nearest run that continues the count; one jumped to after a stand is near as well."""
        leave = int(self._stop[run]) - 1
        standing = None
        for later in self._candidates(run, leave):
            if later > run + 1 and standing is None:
                standing = self._after_standing(run, entered)
                if standing is not None and self._is_confirmed(run + 1):
                    return standing
            found = self._join(run, leave, later)
            if found is not None:
                return self._past_older_index(run, leave, found) or found
        return standing or self._after_standing(run, entered)

    def _is_confirmed(self, run: int) -> bool:
        """Whether another reading follows from the first of a run."""
        last = int(self._stop[run]) - 1
        if last > self._start[run]:
            return True
        return last + 1 < len(self._value) and self._wraps(last, last + 1)

    def _past_older_index(self, run: int, leave: int, found: _Join) -> _Join | None:
        """Past a run that fell back and is left by too fast a step: it made up for its fall there.

        To enter it where it passes the level would count its lag as nothing, and break as well.
        """
        end = int(self._stop[found.run])
        if found.wraps or found.enter == self._start[found.run] or end == len(self._value):
            return None
        jumps_up = bool(self._value[end] > self._value[end - 1])
        if not jumps_up or not self._is_older(leave, int(self._start[run + 1])):
            return None
        for later in self._candidates(found.run, leave):
            onward = self._join(run, leave, later)
            if onward is None or onward.wraps or onward.enter > self._start[later]:
                continue
            return None if self._plausible(end - 1, onward.enter) else onward
        return None

    def _candidates(self, run: int, leave: int) -> Iterator[int]:
        """Runs that reach the level at which the count stands, nearest first, or a wrapped one."""
        level, near = self._value[leave], run + 1
        wrapped = self._register.modulus is not None
        any_level = self._register.net
        tried = int(any_level or wrapped or self._value[self._stop[near] - 1] >= level)
        # Most often the count goes on in the next run, and the others are not looked at.
        if tried:
            yield near
        reaches = self._value[self._stop[near + 1 :] - 1] >= level
        reaches |= any_level
        if wrapped:
            reaches[:1] = True
        yield from (np.flatnonzero(reaches)[: _TRIED_RUNS - tried] + near + 1).tolist()

    def _join(self, run: int, leave: int, later: int) -> _Join | None:
        first = int(self._start[later])
        level = float(self._value[leave])
        enter = first
        if not self._register.net and self._value[first] < level:
            if self._wraps(leave, first) and not self._returns(leave, later):
                return _Join(leave, first, later, wraps=1)
            inside = self._value[first : int(self._stop[later])]
            enter = first + int(np.searchsorted(inside, level))
            if enter >= self._stop[later]:
                return None
        if not self._plausible(leave, enter) or not self._may_drop(run, leave, later, enter):
            return None
        return _Join(leave, enter, later)

    def _plausible(self, leave: int, enter: int) -> bool:
        gain = float(self._value[enter] - self._value[leave])
        return self._within_limit(gain, leave, enter) and (gain >= 0.0 or self._register.net)

    def _within_limit(self, gain: float, leave: int, enter: int) -> bool:
        span = self._ts_us[enter : enter + 1] - self._ts_us[leave]
        limit = float(most_gain(span, self._register.max_rate_per_h)[0])
        if abs(gain) <= limit:
            return True
        return abs(gain) <= limit + float(
            _steps(self._register, *self._value[[[leave], [enter]]])[0]
        )

    def _wraps(self, leave: int, enter: int) -> bool:
        modulus = self._register.modulus
        if modulus is None:
            return False
        before, after = float(self._value[leave]), float(self._value[enter])
        gain = after - before + modulus
        span_h = float(self._ts_us[enter] - self._ts_us[leave]) / US_PER_HOUR
        usual = gain <= _USUAL_TIMES * self._usual_rate * span_h
        ends = before > (1.0 - _NEAR_END) * modulus and after < _NEAR_END * modulus
        # A reading outside the range, below nothing or above the modulus, would count down.
        return gain >= 0.0 and self._within_limit(gain, leave, enter) and (ends or usual)

    def _returns(self, leave: int, later: int) -> bool:
        """Whether a run that may have rolled over is contradicted by the run after it.

        Only a single reading, or one value all the time: zeros near the top of the range.
        """
        first, last = int(self._start[later]), int(self._stop[later]) - 1
        if last + 1 >= len(self._value):
            return False
        if first == last and self._value[last + 1] < self._value[first]:
            return self._wraps(leave, last + 1)
        still = bool(self._value[first] == self._value[last])
        return still and self._plausible(leave, last + 1)

    def _may_drop(self, run: int, leave: int, later: int, enter: int) -> bool:
        """Whether the readings between may be taken for wrong, and the time for bridged."""
        first = int(self._start[later])
        dropped = int(self._start[run + 1]), enter
        if dropped[1] - dropped[0] <= 1:
            return True
        if self._leads_on(run, leave, later, enter):
            return False
        inside = float(self._counted_before[later] - self._counted_before[run + 1])
        if enter > first:
            inside += float(self._value[enter - 1] - self._value[first])
        bridged = float(self._value[enter] - self._value[leave])
        step = float(self._register.step_at(self._value[leave : leave + 1])[0])
        return abs(inside) <= abs(bridged) + 2.0 * step or self._is_older(leave, dropped[0])

    def _leads_on(self, run: int, leave: int, later: int, enter: int) -> bool:
        """Whether a run between goes on where the bridge would end, with less of a gain.

        Then it is another meter, and the bridge would count the difference of the two.
        """
        if self._register.net:
            return False
        onto = self._value[enter : enter + 2]  # where the bridge ends may itself be an older index
        begin = self._value[self._start[run + 1 : later]]
        end = self._value[self._stop[run + 1 : later] - 1]
        between = (end > self._value[leave]) & (begin <= onto.max())
        return any(
            self._plausible(since, enter + n)
            for one in (np.flatnonzero(between) + run + 1).tolist()
            for since in (int(self._start[one]), self._stood_since(int(self._start[one]), one))
            if self._value[since] > self._value[leave]
            for n in range(len(onto))
        )

    def _stood_since(self, entered: int, run: int) -> int:
        """The first of the equal readings with which a run ends."""
        last = int(self._stop[run]) - 1
        moving = np.flatnonzero(self._value[entered : last + 1] != self._value[last])
        return entered + (int(moving[-1]) + 1 if len(moving) else 0)

    def _is_older(self, leave: int, first: int) -> bool:
        """Whether the count fell back by no more than a day of counting."""
        rate = self._register.max_rate_per_h
        before, after = float(self._value[leave]), float(self._value[first])
        near = _OLDER_SHARE * before < after < before
        return near and rate is not None and before - after <= _OLDER_BY_H * rate

    def _without_spike(self, run: int, entered: int, found: _Join | None) -> _Join | None:
        """Leave out the last reading when the next one lies between it and the one before it.

        Only when that contradicts one reading and going on from it would contradict several.
        """
        last = int(self._stop[run]) - 1
        first = int(self._start[run + 1])
        if self._register.net or last <= entered or self._value[first] >= self._value[last]:
            return None
        if found is not None and (found.wraps or found.enter - first <= 1):
            return None
        if not self._plausible(last - 1, first):
            return None
        return _Join(last - 1, first, run + 1)

    def _after_standing(self, run: int, entered: int) -> _Join | None:
        """A jump too fast for its own step, but not for the time the register stood before it."""
        last, first = int(self._stop[run]) - 1, int(self._start[run + 1])
        stood = self._stood_since(entered, run)
        if stood == last or (self._value[first] < self._value[last] and not self._register.net):
            return None
        return _Join(stood, first, run + 1) if self._plausible(stood, first) else None


def dropped_mask(pieces: list[Piece], count: int) -> NDArray[np.bool_]:
    """Which of the readings are in no piece."""
    dropped = np.ones(count, dtype=bool)
    for piece in pieces:
        dropped[piece.start : piece.stop] = False
    return dropped
