"""Which readings of a register are one count: every way of joining them is weighed.

Slow and plain, in exact arithmetic, and by another way than the engine's; keep streams short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from statistics import median

from models.registers.register import Register, RegisterEvent

US_PER_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was shown at an instant, in which step, and what a count there is worth."""

    t_us: int
    shown: Fraction
    step: Fraction
    factor: Fraction


def step_at(register: Register, shown: Fraction) -> Fraction:
    """The step of a register near a value: declared, or one unit in the last place of a float32."""
    step = Fraction(register.resolution)
    if register.float32_unit is None:
        return step
    unit = Fraction(register.float32_unit)
    raw, power = abs(shown) / unit, Fraction(1)
    while power <= raw:
        power *= 2
    while power > raw > 0:
        power /= 2
    return max(step, power / 2**23 * unit) if raw else step


@dataclass(frozen=True, slots=True)
class Rules:
    """Which gain, if any, leads from one reading to another."""

    register: Register
    usual_per_us: Fraction | None = None

    def limit(self, a: Reading, b: Reading) -> Fraction | None:
        """The most that may be gained: with a step, for both readings are rounded to one."""
        rate = self.register.max_rate_per_h
        if rate is None:
            return None
        span_h = Fraction(max(b.t_us - a.t_us, 10_000_000), US_PER_HOUR)
        return Fraction(3, 2) * Fraction(rate) * span_h + max(a.step, b.step) * a.factor

    def gain(self, a: Reading, b: Reading) -> Fraction | None:
        """What was counted from one reading to another; None when that is not plausible."""
        gain, limit = (b.shown - a.shown) * a.factor, self.limit(a, b)
        least = Fraction(0)
        if self.register.net:
            if limit is None:
                return gain
            least = -limit
        if gain >= least and (limit is None or gain <= limit):
            return gain
        if gain < 0 and self.register.modulus is not None:
            return self._rollover(a, b, limit)
        return None

    def is_older(self, before: Reading, after: Reading) -> bool:
        """Whether the index fell back by less than a day of counting and by less than half."""
        rate = self.register.max_rate_per_h
        near = before.shown / 2 < after.shown < before.shown
        return near and rate is not None and before.shown - after.shown <= 24 * Fraction(rate)

    def _rollover(self, a: Reading, b: Reading, limit: Fraction | None) -> Fraction | None:
        modulus = Fraction(self.register.modulus or 0)
        wrapped = (b.shown - a.shown + modulus) * a.factor
        if wrapped < 0 or (limit is not None and wrapped > limit):
            return None
        over_the_top = a.shown > modulus * Fraction(9, 10) and b.shown < modulus / 10
        usual = self.usual_per_us
        as_usual = usual is not None and wrapped <= 3 * usual * (b.t_us - a.t_us)
        return wrapped if over_the_top or as_usual else None


def usual_rate(register: Register, eras: Sequence[Sequence[Reading]]) -> Fraction | None:
    plain = Rules(register)
    rates = [
        gain / (b.t_us - a.t_us)
        for readings in eras
        for a, b in pairwise(readings)
        if b.shown >= a.shown and (gain := plain.gain(a, b)) is not None
    ]
    return median(rates) if rates else None


def eras_of(
    register: Register, rows: Sequence[tuple[int, float]]
) -> list[tuple[bool, list[Reading]]]:
    """Readings between declared events, with what was declared at their ends as readings.

    With each, whether its count goes on from the one before.
    """
    by_time = {t: v for t, v in rows if isfinite(v)}
    events = sorted(register.events, key=lambda event: event.at_us)
    eras: list[tuple[bool, list[Reading]]] = []
    for k in range(len(events) + 1):
        before = events[k - 1] if k > 0 else None
        after = events[k] if k < len(events) else None
        shown = {
            t: v
            for t, v in by_time.items()
            if (before is None or t >= before.at_us) and (after is None or t < after.at_us)
        }
        joined = before is not None and _is_known(before)
        if before is not None and before.initial_index is not None and joined:
            shown[before.at_us] = before.initial_index
        if after is not None and after.final_index is not None:
            shown[after.at_us] = after.final_index
        factor = Fraction(1)
        for event in events[k:]:
            factor *= Fraction(event.factor_before)
        readings = [
            Reading(t_us=t, shown=Fraction(v), step=step_at(register, Fraction(v)), factor=factor)
            for t, v in sorted(shown.items())
        ]
        eras.append((joined, readings))
    return eras


def _is_known(event: RegisterEvent) -> bool:
    """Whether the count goes on across an event; the safe reading asks for both indexes."""
    return event.final_index is not None and event.initial_index is not None


Gains = dict[tuple[int, int], Fraction | None]


def kept_readings(rules: Rules, readings: Sequence[Reading]) -> tuple[list[int], set[int], bool]:
    """The readings to keep, after which of them the count breaks, and whether that is unique.

    Fewest breaks first, then most readings, over every way there is.
    """
    n = len(readings)
    gain = {(i, j): rules.gain(readings[i], readings[j]) for i in range(n) for j in range(i + 1, n)}
    best: list[tuple[int, int]] = [(0, 0)]
    ways, back = [1], [-1]
    for j in range(1, n):
        options: list[tuple[int, int, int]] = []
        for i in range(j):
            if i == j - 1 or _may_bridge(rules, readings, gain, i, j):
                breaks = int(gain[i, j] is None)
                options.append((best[i][0] + breaks, best[i][1] + j - i - 1, i))
        cost = min(options)[:2]
        before = [i for breaks, dropped, i in options if (breaks, dropped) == cost]
        best.append(cost)
        ways.append(sum(ways[i] for i in before))
        back.append(before[-1])
    kept = [n - 1]
    while back[kept[0]] >= 0:
        kept.insert(0, back[kept[0]])
    breaks_after = {i for i, j in pairwise(kept) if gain[i, j] is None}
    return kept, breaks_after, ways[-1] == 1


def _may_bridge(rules: Rules, readings: Sequence[Reading], gain: Gains, i: int, j: int) -> bool:
    """Whether the readings between two may be dropped.

    They must be something else than the count before them: they do not continue it, or only as a
    rollover would, or they are one reading above the next, or they stand still until a step that
    is too fast. They must not have counted more by themselves than the bridge says, but for an old
    index: one that fell back by less than a day of counting and by less than half. And none of
    them may lead on to the end of the bridge, or to the reading after it, with a smaller gain:
    then the count went on from there, and the bridge would hold the difference of two meters. An
    old index does lead on to the true one, from where it had come far enough.
    """
    bridge, dropped = gain[i, j], range(i + 1, j)
    if bridge is None:
        return False
    departs = gain[i, i + 1] is None or readings[i + 1].shown < readings[i].shown
    # Neither a spike nor the jump after a stand is taken for a rollover.
    onto = readings[i].shown <= readings[j].shown or rules.register.net
    spike = readings[i + 1].shown > readings[j].shown and gain[i + 1, j] is None
    above = len(dropped) == 1 and spike
    flat = all(readings[k].shown == readings[i].shown for k in dropped)
    own = sum((gain[k, k + 1] or Fraction(0) for k in range(i + 1, j - 1)), Fraction(0))
    counted_more = abs(own) > abs(bridge) + 2 * readings[i].step * readings[i].factor
    if not (departs or (onto and (above or flat))):
        return False
    older = rules.is_older(readings[i], readings[i + 1])
    if len(dropped) > 1 and counted_more and not older:
        return False
    for end in {j, min(j + 1, len(readings) - 1)}:
        onward = [abs(g) for k in dropped if (g := gain[k, end]) is not None]
        whole = gain[i, end]
        if whole is not None and onward and min(onward) < abs(whole) and not older:
            return False
    return True


def without_flats(rules: Rules, readings: Sequence[Reading], kept: list[int]) -> list[int]:
    """Keep only the first of equal readings that end in a step faster than the register counts."""
    out = set(kept)
    for i, j in pairwise(kept):
        flat = j - i > 1 and all(readings[k].shown == readings[i].shown for k in range(i, j))
        if flat and rules.gain(readings[j - 1], readings[j]) is None:
            first = i
            while first - 1 in out and readings[first - 1].shown == readings[i].shown:
                first -= 1
            out -= set(range(first + 1, i + 1))
    return sorted(out)
