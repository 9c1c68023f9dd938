"""A register made monotone: what of its readings is one count, and what of its time is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import numpy as np

from models.readings import FloatArray, IntArray
from models.registers.continuity import Piece, continuous_pieces
from models.registers.differences import Differences, finite_readings
from models.registers.periods import Cause
from models.registers.register import EventKind, Register, RegisterEvent
from models.registers.samples import NO_SAMPLES, Samples
from models.registers.standstill import SaysLeast, standing_stretches

# A silence is longer than this many times what is ordinary around it.
_SILENCE_TIMES = 2
_ORDINARY_QUANTILE = 0.75
_SAMPLED_GAPS = 301
_NEIGHBOURS = 8
_SAMPLED = np.arange(_SAMPLED_GAPS)
_ZERO = bytes(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Time in which a register was not believed, from one kept reading to the next. [us]"""

    start_us: int
    end_us: int
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterTrace:
    """A register made monotone within segments, shape (n,).

    Between readings of one segment the difference of ``level`` is what was counted; across
    segments nothing is known. ``reading`` is what the register showed, corrected for its ratio.
    ``bridged`` are stretches whose readings were dropped and silences longer than usual, inside
    which the count is known only as a whole; ``lost`` say why time between segments, or after the
    last reading, is not known. ``rises`` says that each reading is known to be above the one before
    it.
    """

    register: Register
    ts_us: IntArray
    level: FloatArray
    segment: IntArray
    reading: FloatArray
    bridged: tuple[Stretch, ...] = ()
    lost: tuple[Stretch, ...] = ()
    rises: bool = False

    @property
    def frozen_since_us(self) -> int | None:
        """Since when the register has stood still although it should move; None while it counts."""
        last = self.lost[-1] if self.lost else None
        open_ended = last is not None and len(self.ts_us) and last.start_us >= self.ts_us[-1]
        return last.start_us if last and open_ended and last.cause is Cause.FROZEN else None


def trace_register(
    register: Register, samples: Samples, witnesses: Sequence[SaysLeast] = ()
) -> RegisterTrace:
    """Make a cumulative register monotone, in segments of known continuity.

    Parameters
    ----------
    register : Register
        What is known of it, its declared events included.
    samples : Samples
        Its readings; NaN are ignored.
    witnesses : sequence of SaysLeast
        What else says how much it must have counted.

    Returns
    -------
    RegisterTrace
        Without readings that are not believed.

    Examples
    --------
    >>> hours = np.arange(4) * 3_600_000_000
    >>> register = Register(key="m.energy", modulus=100.0, max_rate_per_h=10.0)
    >>> samples = Samples(ts_us=hours, value=np.array([98.0, 99.0, 0.5, 1.5]))
    >>> trace_register(register, samples).level.tolist()
    [98.0, 99.0, 100.5, 101.5]
    """
    samples, differences = finite_readings(samples)
    trace = _counted(register, samples, differences)
    for stretch in standing_stretches(register, trace.ts_us, trace.level, trace.segment, witnesses):
        trace = _without_stretch(trace, stretch.first, stretch.last, bridged=stretch.bridged)
    whole = trace.ts_us is samples.ts_us
    span_us = differences.span_us if whole else trace.ts_us[1:] - trace.ts_us[:-1]
    silences = _silences(trace.ts_us, span_us, trace.segment)
    return replace(trace, bridged=_merged(trace.bridged + silences))


@dataclass(slots=True)
class _Epoch:
    """Readings between two declared events, with the indexes declared at its ends."""

    samples: Samples
    factor: float
    opened: RegisterEvent | None


def _counted(register: Register, samples: Samples, differences: Differences) -> RegisterTrace:
    """The count by continuity alone."""
    if not register.events:
        pieces = continuous_pieces(register, samples, differences)
        return _of_pieces(register, samples, pieces, rises=differences.least_gain > 0.0)
    trace = _of_pieces(register, NO_SAMPLES, [])
    for epoch in _epochs(register, samples):
        scaled = _scaled(register, epoch.factor)
        own = Samples(ts_us=epoch.samples.ts_us, value=epoch.samples.value * epoch.factor)
        pieces = continuous_pieces(scaled, own)
        trace = _appended(trace, _of_pieces(register, own, pieces), _joins(epoch.opened))
    return trace


def _scaled(register: Register, factor: float) -> Register:
    modulus = None if register.modulus is None else register.modulus * factor
    return replace(register, modulus=modulus, events=())


def _joins(event: RegisterEvent | None) -> bool:
    """Whether the count is known across the event that opens an epoch."""
    if event is None:
        return False
    if event.kind is EventKind.RATIO_CORRECTED:
        return event.final_index is not None
    return event.final_index is not None and event.initial_index is not None


def _epochs(register: Register, samples: Samples) -> list[_Epoch]:
    """Readings cut at the events; declared indexes stand as readings at the instant."""
    events = sorted(register.events, key=lambda one: one.at_us)
    factors = np.cumprod([1.0] + [one.factor_before for one in reversed(events)])[::-1]
    cuts = np.searchsorted(samples.ts_us, [one.at_us for one in events], side="left").tolist()
    epochs = []
    for n, (start, stop) in enumerate(zip([0, *cuts], [*cuts, len(samples.ts_us)], strict=True)):
        part = Samples(ts_us=samples.ts_us[start:stop], value=samples.value[start:stop])
        opened = events[n - 1] if n else None
        closed = events[n] if n < len(events) else None
        if opened is not None and _joins(opened):
            index = opened.initial_index
            if index is None:
                index = opened.final_index
            part = _with_reading(part, opened.at_us, index)
        if closed is not None and closed.final_index is not None:
            part = _with_reading(part, closed.at_us, closed.final_index)
        epochs.append(_Epoch(samples=part, factor=float(factors[n]), opened=opened))
    return epochs


def _with_reading(samples: Samples, at_us: int, value: float | None) -> Samples:
    keep = samples.ts_us != at_us
    ts_us = np.append(samples.ts_us[keep], at_us)
    values = np.append(samples.value[keep], np.nan if value is None else value)
    order = np.argsort(ts_us, kind="stable")
    return Samples(ts_us=ts_us[order], value=values[order])


def _appended(first: RegisterTrace, later: RegisterTrace, joined: bool) -> RegisterTrace:
    """Two traces in a row; joined, the later one begins with the reading the first ends with."""
    if not len(first.ts_us) or not len(later.ts_us):
        return later if not len(first.ts_us) else first
    joined = joined and bool(first.ts_us[-1] == later.ts_us[0])
    skip = 1 if joined or first.ts_us[-1] == later.ts_us[0] else 0
    shift = float(first.level[-1] - later.level[0]) if joined else 0.0
    segment = later.segment[skip:] + first.segment[-1] + (0 if joined else 1)
    lost = () if joined else (_gap(int(first.ts_us[-1]), int(later.ts_us[skip:][0])),)
    return replace(
        first,
        ts_us=np.concatenate([first.ts_us, later.ts_us[skip:]]),
        level=np.concatenate([first.level, later.level[skip:] + shift]),
        segment=np.concatenate([first.segment, segment]),
        reading=np.concatenate([first.reading, later.reading[skip:]]),
        bridged=first.bridged + later.bridged,
        lost=(*first.lost, *lost, *later.lost),
    )


def _gap(start_us: int, end_us: int) -> Stretch:
    return Stretch(start_us=start_us, end_us=end_us, cause=Cause.BREAK)


def _of_pieces(
    register: Register, samples: Samples, pieces: list[Piece], *, rises: bool = False
) -> RegisterTrace:
    """Readings of the pieces as one trace; a single piece is not copied.

    ``rises`` says that each of the readings is above the one before it.
    """
    ts_us, value = samples.ts_us, samples.value
    kept = _credible(register, value, pieces)
    if len(kept) == 1 and kept[0].start == 0 and kept[0].stop == len(value):
        return RegisterTrace(
            register=register,
            ts_us=ts_us,
            level=value,
            segment=_one_segment(len(value)),
            reading=value,
            rises=rises,
        )
    if not kept:
        return _of_nothing(register)
    each = [slice(one.start, one.stop) for one in kept]
    number = np.cumsum([not one.joined for one in kept]) - 1
    bridged, lost = _between(ts_us, kept, len(value))
    sizes = [one.stop - one.start for one in kept]
    if sum(sizes) < len(value):
        ts_us, value = (np.concatenate([all_[one] for one in each]) for all_ in (ts_us, value))
    offset = np.repeat([one.offset for one in kept], sizes)
    return RegisterTrace(
        register=register,
        ts_us=ts_us,
        level=value + offset if offset[-1] else value,
        segment=np.repeat(number, sizes).astype(np.int64)
        if number[-1]
        else _one_segment(len(value)),
        reading=value,
        bridged=bridged,
        lost=lost,
    )


def _one_segment(count: int) -> IntArray:
    """One zero, seen as many: most registers are one segment."""
    return np.ndarray((count,), np.int64, buffer=_ZERO, strides=(0,))


def _of_nothing(register: Register) -> RegisterTrace:
    return RegisterTrace(
        register=register,
        ts_us=np.zeros(0, np.int64),
        level=np.zeros(0),
        segment=np.zeros(0, np.int64),
        reading=np.zeros(0),
    )


def _credible(register: Register, value: FloatArray, pieces: list[Piece]) -> list[Piece]:
    """Without pieces that never move beside a break: zeros before or after a count prove none."""
    if register.net or len(pieces) < 2:
        return pieces
    level = [(float(value[one.start]), float(value[one.stop - 1])) for one in pieces]
    wrong = set()
    for n in range(1, len(pieces)):
        if pieces[n].joined:
            continue
        (first, before), (after, last) = level[n - 1], level[n]
        goes_on = n + 1 < len(pieces) and pieces[n + 1].joined
        if after < before and after == last and not goes_on:
            wrong.add(n)
        elif after > before and first == before and not pieces[n - 1].joined:
            wrong.add(n - 1)
    return [one for n, one in enumerate(pieces) if n not in wrong]


def _between(
    ts_us: IntArray, pieces: list[Piece], count: int
) -> tuple[tuple[Stretch, ...], tuple[Stretch, ...]]:
    """What was dropped between pieces of one segment, and what is lost between segments."""
    bridged, lost = [], []
    for before, after in pairwise(pieces):
        start_us, end_us = int(ts_us[before.stop - 1]), int(ts_us[after.start])
        if not after.joined:
            lost.append(_gap(start_us, end_us))
        elif after.start > before.stop:
            bridged.append(Stretch(start_us=start_us, end_us=end_us, cause=Cause.NONE))
    if pieces and pieces[-1].stop < count:
        lost.append(_gap(int(ts_us[pieces[-1].stop - 1]), int(ts_us[count - 1])))
    if pieces and pieces[0].start > 0:
        lost.insert(0, _gap(int(ts_us[0]), int(ts_us[pieces[0].start])))
    return tuple(bridged), tuple(lost)


def _without_stretch(
    trace: RegisterTrace, first_us: int, last_us: int, *, bridged: bool
) -> RegisterTrace:
    """Drop the readings after ``first_us`` up to ``last_us``; lost stretches end the segment."""
    inside = (trace.ts_us > first_us) & (trace.ts_us <= last_us)
    segment = trace.segment
    if not bridged:
        # The last reading of the stretch begins the count that goes on after it.
        inside &= trace.ts_us != last_us
        segment = segment + (trace.ts_us >= last_us)
    reaches_end = bool(last_us >= trace.ts_us[-1])
    if reaches_end:
        inside |= trace.ts_us == last_us
    keep = ~inside
    after = trace.ts_us[keep & (trace.ts_us > first_us)]
    end_us = int(after[0]) if bridged and len(after) else last_us
    cause = Cause.NONE if bridged else Cause.FROZEN
    stretch = Stretch(start_us=first_us, end_us=end_us, cause=cause)
    return replace(
        trace,
        ts_us=trace.ts_us[keep],
        level=trace.level[keep],
        segment=segment[keep],
        reading=trace.reading[keep],
        bridged=(*trace.bridged, stretch) if bridged else trace.bridged,
        lost=trace.lost if bridged else (*trace.lost, stretch),
    )


def _silences(ts_us: IntArray, gaps: IntArray, segment: IntArray) -> tuple[Stretch, ...]:
    """Gaps more than twice as long as the gaps around them, within a segment."""
    if len(gaps) < 2:
        return ()
    count = min(len(gaps), _SAMPLED_GAPS)
    sampled = gaps[_SAMPLED[:count] * (len(gaps) - 1) // max(count - 1, 1)]
    rank = ceil(_ORDINARY_QUANTILE * (count - 1))
    sampled.partition(rank)
    found = []
    for n in np.flatnonzero(gaps > _SILENCE_TIMES * sampled[rank]).tolist():
        first = max(n - _NEIGHBOURS, 0)
        around = gaps[first : n + 1 + _NEIGHBOURS].tolist()
        gap = around.pop(n - first)
        if gap > _SILENCE_TIMES * _ordinary(around) and segment[n] == segment[n + 1]:
            found.append(
                Stretch(start_us=int(ts_us[n]), end_us=int(ts_us[n + 1]), cause=Cause.NONE)
            )
    return tuple(found)


def _ordinary(gaps: list[int]) -> int:
    """The upper quartile of some gaps: three of four are no longer."""
    return sorted(gaps)[ceil(_ORDINARY_QUANTILE * (len(gaps) - 1))]


def _merged(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """Stretches in order of time, each once."""
    if len(stretches) < 2:
        return stretches
    unique = {(one.start_us, one.end_us): one for one in stretches}
    return tuple(unique[key] for key in sorted(unique))
