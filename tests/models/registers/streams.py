"""Register streams with known truth: an exact true count, and what a meter shows of it.

A stream is the work of its seed, so that a failing one is made again from what the test prints.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from math import floor, nan
from random import Random

import numpy as np
from hypothesis import strategies as st

from models.registers.register import EventKind, Register, RegisterEvent
from models.registers.samples import Samples, samples_of

US_PER_S = 1_000_000
US_PER_HOUR = 3600 * US_PER_S

Span = tuple[int, int]
Row = tuple[int, float]

# From a poll every second to thirteen visits a year. [s]
CADENCES_S = (1, 10, 60, 300, 900, 3600, 86_400, 28 * 86_400)
STARTS = tuple(
    int(start.timestamp()) * US_PER_S
    for start in (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 28, 23, tzinfo=UTC),  # the night in which legal time skips an hour
        datetime(2026, 10, 24, 23, tzinfo=UTC),  # and the one in which it repeats one
        datetime(2028, 2, 28, 12, tzinfo=UTC),
    )
)
# What two sound readings on each side of a fault need, and the fault itself. [readings]
_SLOT = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A rate that is constant between instants, per hour; the first one holds before as well."""

    since_us: tuple[int, ...]
    rate_per_h: tuple[Fraction, ...]

    def count(self, start_us: int, end_us: int) -> Fraction:
        """What is truly counted from one instant to another."""
        if end_us < start_us:
            return -self.count(end_us, start_us)
        inside = [t for t in self.since_us if start_us < t < end_us]
        return sum(
            (
                self.rate_at(a) * Fraction(b - a, US_PER_HOUR)
                for a, b in pairwise([start_us, *inside, end_us])
            ),
            Fraction(0),
        )

    def rate_at(self, t_us: int) -> Fraction:
        """The rate from an instant on."""
        return self.rate_per_h[max(bisect_right(self.since_us, t_us) - 1, 0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a register gave, and what is true.

    ``rows`` are in the order of arrival. ``unknowable`` are spans of which no reading holds what
    was counted: they must not be covered. ``hidden`` are spans whose readings are wrong while
    nothing in the readings says so: levels inside them may be wrong, totals over them not, but
    for ``lost``: spans whose count is in no reading although they look like any other.
    ``sound`` streams leave nothing between their first and last reading unknown.
    """

    register: Register
    rows: tuple[Row, ...]
    truth: Truth
    faults: tuple[str, ...]
    unknowable: tuple[Span, ...] = ()
    hidden: tuple[Span, ...] = ()
    lost: tuple[Span, ...] = ()
    sound: bool = True

    @property
    def samples(self) -> Samples:
        """The readings as the engine takes them."""
        ts_us = np.array([t for t, _ in self.rows], np.int64)
        return samples_of(ts_us, np.array([v for _, v in self.rows], np.float64))

    @property
    def hull(self) -> Span:
        """From the first to the last time of a reading."""
        times = [t for t, _ in self.rows]
        return min(times), max(times)


@dataclass(slots=True, kw_only=True)
class _Device:
    """What is installed from an instant on: where its index starts, how much it shows of a unit."""

    from_us: int
    index: Fraction
    factor: Fraction = Fraction(1)


@dataclass(slots=True, kw_only=True)
class _Plan:
    """A stream in the making. Faults change it within the readings of their slot."""

    rng: Random
    register: Register
    truth: Truth
    times: list[int]
    devices: list[_Device]
    override: dict[int, Fraction | None] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    events: list[RegisterEvent] = field(default_factory=list)
    unknowable: list[Span] = field(default_factory=list)
    hidden: list[Span] = field(default_factory=list)
    lost: list[Span] = field(default_factory=list)
    sound: bool = True

    def index(self, t_us: int) -> Fraction:
        """The index of what is installed at an instant, before rounding."""
        device = [d for d in self.devices if d.from_us <= t_us][-1]
        return device.index + device.factor * self.truth.count(device.from_us, t_us)

    def shown(self, index: Fraction) -> float:
        """What the display, or the wire, makes of an index."""
        register = self.register
        if register.modulus is not None:
            index %= Fraction(register.modulus)
        if register.resolution:
            index = floor(index / Fraction(register.resolution)) * Fraction(register.resolution)
        if register.float32_unit is not None:
            return float(np.float32(float(index / Fraction(register.float32_unit)))) * (
                register.float32_unit
            )
        return float(index)

    def install(self, at_us: int, index: Fraction, factor: Fraction = Fraction(1)) -> None:
        """Put something else in place; what follows it counts from there."""
        self.devices = [d for d in self.devices if d.from_us < at_us]
        self.devices.append(_Device(from_us=at_us, index=index, factor=factor))

    def between(self, row: int) -> int:
        """An instant between a reading and the next, or on the next."""
        gap = self.times[row + 1] - self.times[row]
        return self.times[row] + self.rng.choice([1, gap // 3, gap // 2, gap])

    def offset_beyond(self, rows: Span) -> Fraction:
        """More than can be counted between two readings, so that the readings tell."""
        first, last = rows
        span_h = Fraction(max(self.times[last] - self.times[first], 10 * US_PER_S), US_PER_HOUR)
        return 2 * Fraction(self.register.max_rate_per_h or 1.0) * span_h + 50


def _gap(plan: _Plan, rows: Span) -> None:
    plan.removed |= set(range(rows[0] + 1, rows[1]))


def _freeze_then_jump(plan: _Plan, rows: Span) -> None:
    stuck_us = plan.times[rows[0]]
    plan.override |= dict.fromkeys(range(rows[0] + 1, rows[1]), plan.index(stuck_us))
    plan.hidden.append((stuck_us, plan.times[rows[1]]))
    # A jump that is too fast is not taken for a rollover.
    modulus = Fraction(plan.register.modulus or 10**12)
    plan.sound &= plan.index(stuck_us) // modulus == plan.index(plan.times[rows[1]]) // modulus


def _freeze_for_good(plan: _Plan, rows: Span) -> None:
    stuck_us = plan.between(rows[0])
    plan.override |= dict.fromkeys(range(rows[0] + 1, rows[1]), plan.index(stuck_us))
    free_us = plan.between(rows[1] - 1)
    plan.install(free_us, plan.index(stuck_us))
    plan.lost.append((stuck_us, free_us))
    plan.hidden.append((plan.times[rows[0]], plan.times[rows[1]]))


def _set_wrong(plan: _Plan, rows: list[int], wrong: Callable[[int], Fraction]) -> None:
    """Readings of something else; hidden when they fit between the true ones around them.

    One that lies between the two true readings before it, or the two after it, is hidden as well:
    it may as well be the true one beside it that is wrong.
    """
    around = plan.times[rows[0] - 2], plan.times[rows[-1] + 2]
    step = 1 if plan.register.resolution or plan.register.float32_unit else 0
    before, after = plan.index(around[0]) - step, plan.index(around[1]) + step
    modulus = Fraction(plan.register.modulus or 0)
    for row in rows:
        value = wrong(row) % modulus if modulus else wrong(row)
        plan.override[row] = value
        turns = [k * modulus for k in range(12)] if modulus else [Fraction(0)]
        if any(before <= value + turned <= after for turned in turns):
            plan.hidden.append(around)
            plan.sound = False


def _zeros(plan: _Plan, rows: Span) -> None:
    _set_wrong(plan, list(range(rows[0] + 1, rows[1])), lambda _: Fraction(0))


def _older_index(plan: _Plan, rows: Span) -> None:
    """One older value all the time, or an index that runs on behind the true one."""
    old = plan.index(plan.times[rows[0] - 2]) - plan.rng.choice([0, 1, 100])
    behind = plan.rng.choice([Fraction(1, 2), Fraction(7), Fraction(300)])
    runs = plan.rng.random() < 0.5
    _set_wrong(
        plan,
        list(range(rows[0] + 1, rows[1])),
        lambda row: max(plan.index(plan.times[row]) - behind if runs else old, Fraction(0)),
    )
    # A run beside the true one may round differently, and then counts a step more than the bridge.
    plan.sound &= not (runs and (plan.register.resolution or plan.register.float32_unit))


def _replica(plan: _Plan, rows: Span) -> None:
    """Every few readings come from a second one that lags behind."""
    behind = plan.rng.choice([Fraction(1, 2), Fraction(7), Fraction(300)])
    every = plan.rng.choice([2, 3])
    for row in range(rows[0] + 1, rows[1], every):
        _set_wrong(plan, [row], lambda row: max(plan.index(plan.times[row]) - behind, Fraction(0)))


def _glitch(plan: _Plan, rows: Span) -> None:
    row = plan.rng.randrange(rows[0] + 1, rows[1])
    true = plan.index(plan.times[row])
    jump = plan.offset_beyond((row - 1, row + 1))
    wrong = plan.rng.choice([Fraction(0), true * 10 + 1, true + jump, true - jump, true + 2])
    _set_wrong(plan, [row], lambda _: max(wrong, Fraction(0)))


def _not_a_number(plan: _Plan, rows: Span) -> None:
    plan.override |= dict.fromkeys(range(rows[0] + 1, rows[1]))


def _undeclared(plan: _Plan, rows: Span) -> None:
    """A reset or another meter that nobody wrote down, with an index that cannot be the old one."""
    row = plan.rng.randrange(rows[0], rows[1])
    at_us = plan.between(row)
    true = plan.index(at_us)
    # More than fits between the two readings, but not more than fits into the stream: a jump that
    # only a register that stood still before it could hide.
    stood = plan.truth.count(plan.times[row - 1], plan.times[row]) <= 1
    further = plan.offset_beyond((0, len(plan.times) - 1) if stood else (row, row + 1))
    after = plan.rng.choice([Fraction(0), true / 2, true + further])
    in_the_end = after + plan.truth.count(at_us, plan.times[-1])
    # One that is soon where it was before cannot be told from one that was wrong for a while.
    if after > true or in_the_end < plan.devices[-1].index - 1:
        plan.install(at_us, after)
        plan.unknowable.append((plan.times[row], plan.times[row + 1]))
        plan.sound = False


def _declared(plan: _Plan, rows: Span) -> None:
    """A reset or another meter with what both showed, perhaps in an outage; or one of them lost."""
    row = plan.rng.randrange(rows[0], rows[1])
    at_us = plan.between(row)
    if plan.rng.random() < 0.5:
        plan.removed |= {r for r in range(rows[0] + 1, rows[1]) if r not in {row, row + 1}}
    kind = plan.rng.choice([EventKind.REPLACED, EventKind.RESET])
    new = Fraction(0) if kind is EventKind.RESET else Fraction(plan.rng.choice([0, 3, 12_345]))
    final, initial = plan.shown(plan.index(at_us)), plan.shown(new)
    told = plan.rng.choice([(final, initial)] * 4 + [(None, initial), (final, None)])
    if at_us == plan.times[row + 1]:
        told = final, initial  # one instant cannot be the end of one count and begin another
    plan.events.append(
        RegisterEvent(at_us=at_us, kind=kind, final_index=told[0], initial_index=told[1])
    )
    plan.install(at_us, new)
    if None in told:
        around = plan.times[row], plan.times[row + 1]
        plan.unknowable.append((at_us if told[0] is not None else around[0], around[1]))
        plan.sound = False


def _ratio_corrected(plan: _Plan, rows: Span) -> None:
    """Transformers set up as twice their ratio until a day: only for the first fault of a plan."""
    row = plan.rng.randrange(rows[0], rows[1])
    at_us = plan.between(row)
    first = plan.devices[0]
    first.factor *= 2
    index = first.index + first.factor * plan.truth.count(first.from_us, at_us)
    plan.install(at_us, index)
    known = plan.rng.random() < 0.5
    shown = plan.shown(index) if known else None
    plan.events.append(
        RegisterEvent(
            at_us=at_us,
            kind=EventKind.RATIO_CORRECTED,
            final_index=shown,
            initial_index=shown,
            factor_before=0.5,
        )
    )
    plan.sound &= known


_FAULTS: dict[str, Callable[[_Plan, Span], None]] = {
    "gap": _gap,
    "freeze_then_jump": _freeze_then_jump,
    "freeze_for_good": _freeze_for_good,
    "zeros": _zeros,
    "older_index": _older_index,
    "replica": _replica,
    "glitch": _glitch,
    "not_a_number": _not_a_number,
    "undeclared": _undeclared,
    "declared": _declared,
    "ratio_corrected": _ratio_corrected,
}
FAULTS = tuple(_FAULTS)
_OLDER = {"older_index", "replica"}
_NO_MODULUS = {"undeclared", "ratio_corrected"}
# A net register that shows an older index, or zeros, may have run backwards.
NET_FAULTS = ("gap", "freeze_then_jump", "not_a_number", "declared")


def make_stream(rng: Random, *, faults: tuple[str, ...] | None = None) -> Stream:
    """One stream; the faults are chosen when they are not given."""
    net = faults is None and rng.random() < 0.1
    if faults is None:
        faults = tuple(rng.choice(NET_FAULTS if net else FAULTS) for _ in range(rng.randint(0, 2)))
        # An older index between the indexes of two meters may be taken for either's.
        if "ratio_corrected" in faults[1:] or ("undeclared" in faults and set(faults) & _OLDER):
            faults = faults[:1]
    times = _times(rng, 6 + _SLOT * len(faults) + rng.randint(0, 6))
    plan = _plan(rng, times, net=net, faults=faults)
    for n, fault in enumerate(faults):
        first = 2 + _SLOT * n
        rows = (first, first + rng.randint(2, _SLOT - 3))
        _FAULTS[fault](plan, rows)
    if faults and rng.random() < 0.1:
        _end_inside(plan, 3 + _SLOT * (len(faults) - 1))
    return _stream(plan, faults)


def _end_inside(plan: _Plan, row: int) -> None:
    """The last fault still lasts: what it will turn out to be is not known yet."""
    end = row + plan.rng.randint(0, _SLOT - 4)
    around = plan.times[row - 2], plan.times[-1]
    plan.times = plan.times[: end + 1]
    plan.hidden.append(around)
    plan.lost.append(around)
    plan.sound = False


def _times(rng: Random, n: int) -> list[int]:
    cadence_us = rng.choice(CADENCES_S) * US_PER_S
    start_us = rng.choice(STARTS) + rng.randint(0, 1000) * cadence_us // 997
    jitter_us = rng.choice([0, 1, cadence_us // 50, cadence_us // 5])
    return [start_us + k * cadence_us + rng.randint(0, jitter_us) for k in range(n)]


def _plan(rng: Random, times: list[int], *, net: bool, faults: tuple[str, ...]) -> _Plan:
    max_rate = rng.choice([4, 100, 2000])
    least = -8 if net else 0
    knots = sorted(
        {times[0], *(rng.randint(times[0], times[-1]) for _ in range(rng.randint(0, 4)))}
    )
    rates = tuple(
        Fraction(max_rate * (rng.randint(least, 8) if rng.random() < 0.8 else 0), 8) for _ in knots
    )
    truth = Truth(since_us=tuple(knots), rate_per_h=rates)
    resolution, float32_unit = rng.choice([(0.0, None), (0.0, None), (1.0, None), (0.0, 0.001)])
    index = Fraction(rng.choice([1, 1000, 40_000, 7_100_000])) + Fraction(rng.randint(0, 255), 256)
    modulus = None
    if not net and len(faults) < 2 and not set(faults) & _NO_MODULUS and rng.random() < 0.3:
        # Far from what a few readings count, so that a loss is not taken for it by chance.
        gap_h = Fraction(max(b - a for a, b in pairwise(times)) * _SLOT, US_PER_HOUR)
        modulus = float(10 ** len(str(floor(40 * max_rate * gap_h + 10_000))))
        index = Fraction(modulus) - rng.randint(0, 8) * max_rate * gap_h / 4 - 1
    register = Register(
        key="meter",
        modulus=modulus,
        max_rate_per_h=float(max_rate),
        resolution=resolution,
        float32_unit=float32_unit,
        net=net,
    )
    devices = [_Device(from_us=times[0], index=index)]
    return _Plan(rng=rng, register=register, truth=truth, times=times, devices=devices)


def _stream(plan: _Plan, faults: tuple[str, ...]) -> Stream:
    """Read the meter, and bring the rows into an order in which they may arrive."""
    rows: list[Row] = []
    for k, t in enumerate(plan.times):
        index = plan.override.get(k, plan.index(t))
        if k not in plan.removed:
            rows.append((t, nan if index is None else plan.shown(index)))
    rng = plan.rng
    for _ in range(rng.randint(0, 3)):
        rows.append(rows[rng.randrange(len(rows))])
    if rng.random() < 0.3:
        rng.shuffle(rows)
    declared = plan.register
    register = Register(
        key=declared.key,
        modulus=declared.modulus,
        max_rate_per_h=declared.max_rate_per_h,
        resolution=declared.resolution,
        float32_unit=declared.float32_unit,
        net=declared.net,
        events=tuple(plan.events),
    )
    return Stream(
        register=register,
        rows=tuple(rows),
        truth=plan.truth,
        faults=faults,
        unknowable=tuple(plan.unknowable),
        hidden=tuple(plan.hidden),
        lost=tuple(plan.lost),
        sound=plan.sound,
    )


def seeded_stream(seed: int, faults: tuple[str, ...] | None = None) -> Stream:
    """The stream of a seed."""
    return make_stream(Random(seed), faults=faults)


def streams(faults: tuple[str, ...] | None = None) -> st.SearchStrategy[Stream]:
    """Streams that hypothesis chooses; a failing one prints as the seed that makes it again."""
    return st.builds(seeded_stream, st.integers(0, 10**9), st.just(faults))


def instants(stream: Stream) -> st.SearchStrategy[int]:
    """Instants in and around a stream: on readings, beside them and anywhere."""
    first, last = stream.hull
    times = sorted({t for t, _ in stream.rows})
    return st.sampled_from(times) | st.integers(first - US_PER_HOUR, last + US_PER_HOUR)
