"""What goes wrong between a register and its record, each fault as readings with that fault.

Pure: a true index over time comes in, what was recorded comes out, with the stretch in which the
record is wrong and what an operator would declare of it. ``simulators.faults`` does such things to
a device while it runs; here they are done to a past of any length at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from models.readings import FloatArray, IntArray

US_PER_S: Final = 1_000_000
US_PER_HOUR: Final = 3600 * US_PER_S
_QUARTER_US: Final = 900 * US_PER_S
_DAY_US: Final = 24 * US_PER_HOUR
# What float32 registers of a few years of counting show: steps of 0.5 to 4 kWh in watt-hours.
_FLOAT32_INDEX: Final = (5e6, 5e7)
_FLOAT32_UNIT: Final = 1e-3


class ReadingFault(StrEnum):
    """What can be wrong with the record of a register."""

    STANDING_THEN_TRUE = "standing_then_true"
    STANDING_AND_LOST = "standing_and_lost"
    ZEROS = "zeros"
    OLDER_INDEX = "older_index"
    REPLICA = "replica"
    GLITCHES = "glitches"
    RESET = "reset"
    REPLACED_DECLARED = "replaced_declared"
    REPLACED = "replaced"
    REPLACED_IN_OUTAGE = "replaced_in_outage"
    SILENCE = "silence"
    QUARTER_HOURS = "quarter_hours"
    DAILY = "daily"
    JITTER = "jitter"
    FLOAT32 = "float32"
    LATE_AND_DOUBLED = "late_and_doubled"
    UNIT_GJ_AS_MWH = "unit_gj_as_mwh"
    UNIT_THOUSAND = "unit_thousand"
    RATIO_CORRECTED = "ratio_corrected"


class Intervention(StrEnum):
    """What an operator declares to have done to a meter."""

    REPLACED = "replaced"
    RATIO_CORRECTED = "ratio_corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A declared intervention, as the operator writes it down."""

    at_us: int
    kind: Intervention
    final_index: float | None = None
    initial_index: float | None = None
    factor_before: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Readings of one register as they were recorded, in order of arrival.

    ``wrong_us`` is the stretch in which the record is wrong or lacking, None where it is not.
    ``unknowable`` says that what was counted in it stands nowhere in the record.
    ``float32_unit`` is set for a register of that type.
    """

    ts_us: IntArray
    index: FloatArray
    wrong_us: tuple[int, int] | None = None
    unknowable: bool = False
    declared: Declared | None = None
    float32_unit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A sound register: when it is polled, its true index at any time, and its step."""

    polls_us: IntArray
    index_at: Callable[[IntArray], FloatArray]
    step: float = 0.0

    def shown(self, ts_us: IntArray) -> FloatArray:
        """What it shows: whole steps."""
        index = self.index_at(ts_us)
        return np.floor(index / self.step) * self.step if self.step else index


def sound(register: Register) -> Recorded:
    """The record of a register that nothing is wrong with."""
    return Recorded(ts_us=register.polls_us, index=register.shown(register.polls_us))


def recorded(
    register: Register,
    fault: ReadingFault,
    stretch_us: tuple[int, int],
    rng: np.random.Generator,
) -> Recorded:
    """The record of a register with one fault.

    ``stretch_us`` is when it lasts. Kinds that happen at an instant happen at its start, kinds of
    the whole record last throughout.
    """
    return _MAKE[fault](register, stretch_us, rng)


def _inside(ts_us: IntArray, stretch_us: tuple[int, int]) -> IntArray:
    return np.flatnonzero((ts_us >= stretch_us[0]) & (ts_us < stretch_us[1]))


def _around(ts_us: IntArray, inside: IntArray) -> tuple[int, int]:
    """From the last sound reading before some to the first after them."""
    return int(ts_us[max(inside[0] - 1, 0)]), int(ts_us[min(inside[-1] + 1, len(ts_us) - 1)])


def _with(register: Register, stretch_us: tuple[int, int], wrong: FloatArray | float) -> Recorded:
    """Readings replaced within a stretch."""
    plain = sound(register)
    inside = _inside(plain.ts_us, stretch_us)
    if not len(inside):
        return plain
    index = plain.index.copy()
    index[inside] = wrong if isinstance(wrong, float) else wrong[inside]
    return Recorded(ts_us=plain.ts_us, index=index, wrong_us=_around(plain.ts_us, inside))


def _standing_then_true(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    del rng
    inside = _inside(register.polls_us, stretch_us)
    first = register.polls_us[max(inside[0] - 1, 0)] if len(inside) else register.polls_us[0]
    return _with(register, stretch_us, float(register.shown(np.array([first]))[0]))


def _standing_and_lost(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    stood = _standing_then_true(register, stretch_us, rng)
    if stood.wrong_us is None:
        return stood
    inside = _inside(stood.ts_us, stretch_us)
    last = np.array([stood.ts_us[inside[-1]]])
    missed = float(register.shown(last)[0]) - float(stood.index[inside[-1]])
    after = np.arange(len(stood.ts_us)) > inside[-1]
    return Recorded(
        ts_us=stood.ts_us,
        index=np.where(after, stood.index - missed, stood.index),
        wrong_us=(stood.wrong_us[0], int(last[0])),
        unknowable=True,
    )


def _zeros(register: Register, stretch_us: tuple[int, int], rng: np.random.Generator) -> Recorded:
    del rng
    return _with(register, stretch_us, 0.0)


def _older_index(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    """A gateway that shows the index of some hours before, and goes on from there."""
    behind_us = round(float(rng.uniform(1.0, 8.0)) * US_PER_HOUR)
    first_us = int(register.polls_us[0])
    older = register.shown(np.maximum(register.polls_us - behind_us, first_us))
    return _with(register, (max(stretch_us[0], first_us + behind_us), stretch_us[1]), older)


def _replica(register: Register, stretch_us: tuple[int, int], rng: np.random.Generator) -> Recorded:
    """A second gateway that lags behind answers some of the polls."""
    plain = sound(register)
    lag_us = round(float(rng.uniform(0.3, 3.0)) * US_PER_HOUR)
    inside = _inside(plain.ts_us, stretch_us)
    inside = inside[plain.ts_us[inside] - lag_us >= plain.ts_us[0]]
    inside = inside[rng.random(len(inside)) < 0.3]
    if not len(inside):
        return plain
    index = plain.index.copy()
    index[inside] = register.shown(plain.ts_us[inside] - lag_us)
    return Recorded(ts_us=plain.ts_us, index=index, wrong_us=_around(plain.ts_us, inside))


def _glitches(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    """Single readings of nonsense: zero, full range, a digit too much."""
    plain = sound(register)
    inside = _inside(plain.ts_us, stretch_us)
    inside = inside[(inside > 0) & (inside < len(plain.ts_us) - 1)]
    # apart from each other: two in a row are a stretch
    inside = inside[::3][rng.random(len(inside[::3])) < 0.05]
    if not len(inside):
        return plain
    index = plain.index.copy()
    index[inside] *= rng.choice([0.0, 10.0, 0.1, 4096.0], len(inside))
    return Recorded(ts_us=plain.ts_us, index=index, wrong_us=_around(plain.ts_us, inside))


def _cut(
    register: Register, at_us: int, initial: float, *, outage_us: int = 0
) -> tuple[Recorded, float]:
    """A register that begins anew at an instant, and the index it showed last.

    What it shows from then on is the count of a meter once it has moved: until then nothing tells
    it from a register that stands still at a wrong index.
    """
    plain = sound(register)
    at_index = float(register.shown(np.array([at_us]))[0])
    after = plain.ts_us >= at_us
    keep = (plain.ts_us < at_us - outage_us // 2) | (plain.ts_us >= at_us + outage_us // 2)
    index = np.where(after, plain.index - at_index + initial, plain.index)
    before, since = np.flatnonzero(keep & ~after), np.flatnonzero(keep & after)
    moved = since[index[since] > index[since[:1]]]
    wrong = (
        int(plain.ts_us[before[-1]]) if len(before) else int(plain.ts_us[0]),
        int(plain.ts_us[moved[0]]) if len(moved) else int(plain.ts_us[-1]),
    )
    made = Recorded(ts_us=plain.ts_us[keep], index=index[keep], wrong_us=wrong, unknowable=True)
    return made, at_index


def _reset(register: Register, stretch_us: tuple[int, int], rng: np.random.Generator) -> Recorded:
    del rng
    return _cut(register, stretch_us[0], 0.0)[0]


def _replaced(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    return _cut(register, stretch_us[0], float(rng.integers(0, 500)))[0]


def _declared(made: Recorded, at_us: int, final: float, initial: float) -> Recorded:
    event = Declared(
        at_us=at_us, kind=Intervention.REPLACED, final_index=final, initial_index=initial
    )
    return Recorded(ts_us=made.ts_us, index=made.index, wrong_us=made.wrong_us, declared=event)


def _replaced_declared(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    initial = float(rng.integers(0, 500))
    made, final = _cut(register, stretch_us[0], initial)
    return _declared(made, stretch_us[0], final, initial)


def _replaced_in_outage(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    initial = float(rng.integers(0, 500))
    at_us = (stretch_us[0] + stretch_us[1]) // 2
    made, final = _cut(register, at_us, initial, outage_us=stretch_us[1] - stretch_us[0])
    return _declared(made, at_us, final, initial)


def _silence(register: Register, stretch_us: tuple[int, int], rng: np.random.Generator) -> Recorded:
    del rng
    plain = sound(register)
    inside = _inside(plain.ts_us, stretch_us)
    if not len(inside):
        return plain
    keep = np.ones(len(plain.ts_us), dtype=bool)
    keep[inside] = False
    return Recorded(
        ts_us=plain.ts_us[keep],
        index=plain.index[keep],
        wrong_us=_around(plain.ts_us, inside),
    )


def _polled(register: Register, ts_us: IntArray) -> Recorded:
    first, last = int(register.polls_us[0]), int(register.polls_us[-1])
    ts_us = ts_us[(ts_us >= first) & (ts_us <= last)]
    return Recorded(ts_us=ts_us, index=register.shown(ts_us))


def _every(register: Register, step_us: int, rng: np.random.Generator) -> IntArray:
    """Instants at an odd phase."""
    phase_us = int(rng.integers(0, step_us))
    return np.arange(
        int(register.polls_us[0]) + phase_us,
        int(register.polls_us[-1]) + 1,
        step_us,
        dtype=np.int64,
    )


def _quarter_hours(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    del stretch_us
    return _polled(register, _every(register, _QUARTER_US, rng))


def _daily(register: Register, stretch_us: tuple[int, int], rng: np.random.Generator) -> Recorded:
    del stretch_us
    return _polled(register, _every(register, _DAY_US, rng))


def _jitter(register: Register, stretch_us: tuple[int, int], rng: np.random.Generator) -> Recorded:
    del stretch_us
    shifted = register.polls_us + rng.integers(-45, 46, len(register.polls_us)) * US_PER_S
    return _polled(register, np.sort(shifted))


def _float32(register: Register, stretch_us: tuple[int, int], rng: np.random.Generator) -> Recorded:
    del stretch_us
    index = register.index_at(register.polls_us) + float(rng.uniform(*_FLOAT32_INDEX))
    rounded = (index / _FLOAT32_UNIT).astype(np.float32).astype(np.float64) * _FLOAT32_UNIT
    return Recorded(ts_us=register.polls_us, index=rounded, float32_unit=_FLOAT32_UNIT)


def _late_and_doubled(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    """Readings of a stretch that arrive after all others, and some that arrive twice."""
    plain = sound(register)
    inside = _inside(plain.ts_us, stretch_us)
    twice = rng.integers(0, len(plain.ts_us), len(plain.ts_us) // 10)
    on_time = np.setdiff1d(np.arange(len(plain.ts_us)), inside)
    order = np.concatenate([on_time, inside, twice])
    return Recorded(ts_us=plain.ts_us[order], index=plain.index[order])


def _scaled(register: Register, factor: float) -> Recorded:
    plain = sound(register)
    return Recorded(
        ts_us=plain.ts_us,
        index=plain.index * factor,
        wrong_us=(int(plain.ts_us[0]), int(plain.ts_us[-1])),
        unknowable=True,
    )


def _unit_gj_as_mwh(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    del stretch_us, rng
    return _scaled(register, 3.6)


def _unit_thousand(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    del stretch_us
    return _scaled(register, float(rng.choice([1000.0, 0.001])))


def _ratio_corrected(
    register: Register, stretch_us: tuple[int, int], rng: np.random.Generator
) -> Recorded:
    """Transformers set up with a wrong ratio until an instant, at which the index goes on."""
    plain, at_us = sound(register), stretch_us[0]
    factor = float(rng.choice([0.5, 2.0, 1.25]))
    turn = float(register.shown(np.array([at_us]))[0])
    shown = np.where(plain.ts_us < at_us, plain.index / factor, plain.index - turn + turn / factor)
    event = Declared(
        at_us=at_us,
        kind=Intervention.RATIO_CORRECTED,
        final_index=turn / factor,
        factor_before=factor,
    )
    return Recorded(ts_us=plain.ts_us, index=shown, declared=event)


_Make = Callable[[Register, tuple[int, int], np.random.Generator], Recorded]
_MAKE: Final[dict[ReadingFault, _Make]] = {
    ReadingFault.STANDING_THEN_TRUE: _standing_then_true,
    ReadingFault.STANDING_AND_LOST: _standing_and_lost,
    ReadingFault.ZEROS: _zeros,
    ReadingFault.OLDER_INDEX: _older_index,
    ReadingFault.REPLICA: _replica,
    ReadingFault.GLITCHES: _glitches,
    ReadingFault.RESET: _reset,
    ReadingFault.REPLACED_DECLARED: _replaced_declared,
    ReadingFault.REPLACED: _replaced,
    ReadingFault.REPLACED_IN_OUTAGE: _replaced_in_outage,
    ReadingFault.SILENCE: _silence,
    ReadingFault.QUARTER_HOURS: _quarter_hours,
    ReadingFault.DAILY: _daily,
    ReadingFault.JITTER: _jitter,
    ReadingFault.FLOAT32: _float32,
    ReadingFault.LATE_AND_DOUBLED: _late_and_doubled,
    ReadingFault.UNIT_GJ_AS_MWH: _unit_gj_as_mwh,
    ReadingFault.UNIT_THOUSAND: _unit_thousand,
    ReadingFault.RATIO_CORRECTED: _ratio_corrected,
}
