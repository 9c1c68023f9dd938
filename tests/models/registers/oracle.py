"""Registers to periods in exact arithmetic, as models/registers/README.md says it: slow and plain.

It shares no code with the engine; it reads the numbers of a declaration and of readings, no more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import isfinite

from models.registers.register import Register
from tests.models.registers.joining import (
    US_PER_HOUR,
    Reading,
    Rules,
    eras_of,
    kept_readings,
    step_at,
    usual_rate,
    without_flats,
)

NO_READING, BREAK, FROZEN = 1, 2, 3

Span = tuple[int, int]
# The least that something else counted between two instants, its uncertainty taken off already.
Least = Callable[[int, int], Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A reading that was kept, and the level of the count there."""

    t_us: int
    shown: Fraction
    level: Fraction
    # Readings between the one before and this one were dropped.
    bridged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The level at an instant, and the interval it lies in."""

    mid: Fraction
    lower: Fraction
    upper: Fraction
    step: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The readings of a register made one count, in segments.

    ``lost`` are the spans in which it stood still for good. ``unique`` says that no other way of
    joining the readings is as good; where it is not, levels inside a bridge may differ.
    """

    register: Register
    segments: tuple[tuple[Point, ...], ...]
    lost: tuple[Span, ...]
    hull: Span
    unique: bool

    @property
    def known(self) -> list[tuple[int, int, int]]:
        """Spans in which the count is known, with the number of their segment."""
        spans = []
        for number, points in enumerate(self.segments):
            ends = [points[0].t_us, points[-1].t_us]
            ends += [t for span in self.lost for t in span if ends[0] < t < ends[1]]
            for start, end in pairwise(sorted(set(ends))):
                if not any(a <= start and end <= b for a, b in self.lost):
                    spans.append((start, end, number))
        return spans

    def level_at(self, t_us: int, segment: int) -> Level:
        """The level at an instant inside a segment."""
        points = self.segments[segment]
        before = [p for p in points if p.t_us <= t_us][-1]
        after = next(p for p in points if p.t_us >= t_us)
        step = max(step_at(self.register, p.shown) for p in (before, after))
        a, b = before.level, after.level
        if before.t_us == after.t_us:
            return Level(mid=a, lower=a, upper=a, step=step)
        since, until = t_us - before.t_us, after.t_us - t_us
        mid = a + (b - a) * Fraction(since, since + until)
        if self.register.max_rate_per_h is None:
            return Level(mid=mid, lower=min(a, b), upper=max(a, b), step=step)
        # A register that was read a moment late ran faster than it can.
        rate = Fraction(self.register.max_rate_per_h) / US_PER_HOUR
        rate = max(rate, abs(b - a) / (since + until))
        lower, upper = b - rate * until, a + rate * since
        if self.register.net:
            lower, upper = max(lower, a - rate * since), min(upper, b + rate * until)
        else:
            lower, upper = max(lower, a), min(upper, b)
        return Level(mid=mid, lower=lower, upper=upper, step=step)


def counted(
    register: Register, rows: Sequence[tuple[int, float]], least: Least | None = None
) -> Count:
    """Join the readings of a register; ``rows`` in their order of arrival."""
    segments: list[list[Point]] = []
    unique = True
    eras = eras_of(register, rows)
    rules = Rules(register, usual_rate(register, [readings for _, readings in eras]))
    for joined, readings in eras:
        if not readings:
            continue
        kept, breaks_after, only = kept_readings(rules, readings)
        kept = without_flats(rules, readings, kept)
        unique &= only
        era = _segments(rules, readings, kept, breaks_after)
        if not register.net:
            era = _moving(era)
        ends = [points[-1].t_us for points in segments[-1:]] + [p[0].t_us for p in era[:1]]
        if joined and ends == [readings[0].t_us] * 2:
            goes_on = segments[-1][-1].level
            segments[-1] += [replace(p, level=p.level + goes_on) for p in era.pop(0)]
        segments += era
    lost: list[Span] = []
    if least is not None:
        segments = [_standing(register, points, least, lost) for points in segments]
    return Count(
        register=register,
        segments=tuple(tuple(points) for points in segments),
        lost=tuple(lost),
        hull=(min(t for t, v in rows if isfinite(v)), max(t for t, v in rows if isfinite(v))),
        unique=unique,
    )


def _segments(
    rules: Rules, readings: Sequence[Reading], kept: list[int], breaks_after: set[int]
) -> list[list[Point]]:
    """Levels of the kept readings; each segment begins at zero."""
    first = readings[kept[0]]
    segments = [[Point(t_us=first.t_us, shown=first.shown, level=Fraction(0))]]
    for i, j in pairwise(kept):
        before, reading = readings[i], readings[j]
        if i in breaks_after:
            segments.append([Point(t_us=reading.t_us, shown=reading.shown, level=Fraction(0))])
            continue
        level = segments[-1][-1].level + (rules.gain(before, reading) or Fraction(0))
        segments[-1].append(
            Point(t_us=reading.t_us, shown=reading.shown, level=level, bridged=j - i > 1)
        )
    return segments


def _moving(segments: list[list[Point]]) -> list[list[Point]]:
    """Without segments that never move after the count fell or before it jumped up."""
    still = [
        points[0].level == points[-1].level and not any(p.bridged for p in points)
        for points in segments
    ]
    wrong = set()
    for n, (before, after) in enumerate(pairwise(segments)):
        if after[0].shown < before[-1].shown and still[n + 1]:
            wrong.add(n + 1)
        if after[0].shown > before[-1].shown and still[n]:
            wrong.add(n)
    return [points for n, points in enumerate(segments) if n not in wrong]


def _standing(
    register: Register, points: list[Point], least: Least, lost: list[Span]
) -> list[Point]:
    """Bridge the stretches of equal readings that are accused and made good; name the others."""
    out: list[Point] = []
    k = 0
    while k < len(points):
        end = k
        while end + 1 < len(points) and points[end + 1].level == points[k].level:
            end += 1
        start_us, end_us = points[k].t_us, points[end].t_us
        step_twice = 2 * step_at(register, points[k].shown)
        starting = Fraction(register.starting_rate_per_h) / US_PER_HOUR
        hides = step_twice + starting * (end_us - start_us)
        flat = points[k : end + 1]
        if end > k and least(start_us, end_us) > hides:
            after = points[end + 1] if end + 1 < len(points) else None
            if after is None:
                lost.append((start_us, end_us))
            else:
                step_after = 2 * step_at(register, after.shown)
                holds = after.level - points[k].level + max(step_twice, step_after)
                holds += starting * (after.t_us - start_us)
                if holds < least(start_us, after.t_us):
                    lost.append((start_us, end_us))
                else:
                    flat = flat[:1]
        out += flat
        k = end + 1
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What every register counted in one piece of covered time: even, least and most."""

    start_us: int
    end_us: int
    mid: tuple[Fraction, ...]
    lower: tuple[Fraction, ...]
    upper: tuple[Fraction, ...]
    step: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What registers counted in one period over the time known to all of them."""

    pieces: tuple[Piece, ...]
    covered_us: int
    frozen_us: int
    missing_us: tuple[int, ...]
    cause: int
    total: tuple[Fraction, ...]


def summed(counts: Sequence[Count], start_us: int, end_us: int) -> Sums:
    """Add up a period, piece by piece."""
    cuts = {start_us, end_us}
    for count in counts:
        ends = [t for start, end, _ in count.known for t in (start, end)]
        ends += [t for span in (*count.lost, count.hull) for t in span]
        ends += [t for points in count.segments for t in (points[0].t_us, points[-1].t_us)]
        cuts |= {t for t in ends if start_us < t < end_us}
    slices = list(pairwise(sorted(cuts)))
    held = [[_segment_over(count, a, b) for count in counts] for a, b in slices]
    pieces: list[Piece] = []
    for (a, b), segments in zip(slices, held, strict=True):
        known = [segment for segment in segments if segment is not None]
        if len(known) == len(counts):
            pieces.append(_piece(counts, known, a, b))
    missing = tuple(
        sum(b - a for (a, b), row in zip(slices, held, strict=True) if row[k] is None)
        for k in range(len(counts))
    )
    lacking = [
        (b - a, _cause(count, a, b))
        for (a, b), row in zip(slices, held, strict=True)
        for count, segment in zip(counts, row, strict=True)
        if segment is None
    ]
    return Sums(
        pieces=tuple(pieces),
        covered_us=sum(p.end_us - p.start_us for p in pieces),
        frozen_us=sum(b - a for a, b in slices if any(_cause(c, a, b) == FROZEN for c in counts)),
        missing_us=missing,
        cause=max((cause for _, cause in lacking), default=0),
        total=tuple(sum((p.mid[k] for p in pieces), Fraction(0)) for k in range(len(counts))),
    )


def _segment_over(count: Count, a: int, b: int) -> int | None:
    return next((n for start, end, n in count.known if start <= a and b <= end), None)


def _cause(count: Count, a: int, b: int) -> int:
    if any(start <= a and b <= end for start, end in count.lost):
        return FROZEN
    if _segment_over(count, a, b) is not None:
        return 0
    return BREAK if count.hull[0] <= a and b <= count.hull[1] else NO_READING


def _piece(counts: Sequence[Count], segments: Sequence[int], a: int, b: int) -> Piece:
    ends = [(c.level_at(a, n), c.level_at(b, n)) for c, n in zip(counts, segments, strict=True)]
    return Piece(
        start_us=a,
        end_us=b,
        mid=tuple(q.mid - p.mid for p, q in ends),
        lower=tuple(q.lower - p.upper for p, q in ends),
        upper=tuple(q.upper - p.lower for p, q in ends),
        step=tuple(max(p.step, q.step) for p, q in ends),
    )
