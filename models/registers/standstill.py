"""Registers that stand still while something else says that they should move.

The one detector of frozen registers, live and in the past; marks of the collectors are only its
input. A witness says the least that was counted; a register that hides less than its own step and
starting rate is not accused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.readings import FloatArray, IntArray
from models.registers.continuity import US_PER_HOUR
from models.registers.register import Register
from models.registers.samples import Samples

# A register may have been about to count one step at either end of the stretch.
_HIDDEN_STEPS = 2.0


class SaysLeast(Protocol):
    """Something else than the register that says how much was counted at least."""

    def least_between(self, start_us: IntArray, end_us: IntArray) -> FloatArray:
        """The least counted between some instants, three standard uncertainties below its say."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What something else says a register has counted at least, as a running sum.

    Parameters
    ----------
    name : str
        What says so: a gauge, the meters inside, the node around.
    ts_us : int array, shape (n,)
        Instants, strictly increasing. [us]
    least : float array, shape (n,)
        The least counted up to each, in the unit of the register; three standard uncertainties of
        the witness are already taken off.
    slack : float
        What the steps of the witness itself may hide at its two ends, in the same unit.
    """

    name: str
    ts_us: IntArray
    least: FloatArray
    slack: float = 0.0

    def least_between(self, start_us: IntArray, end_us: IntArray) -> FloatArray:
        """The least counted between some instants; only what lies wholly inside counts.

        Examples
        --------
        >>> gauge = Witness(
        ...     name="power", ts_us=np.array([0, 10, 20, 30]), least=np.array([0.0, 1.0, 2.0, 3.0])
        ... )
        >>> gauge.least_between(np.array([0, 5]), np.array([30, 29])).tolist()
        [3.0, 1.0]
        """
        n = len(self.ts_us)
        if n < 2:
            return np.zeros(len(start_us))
        first = np.searchsorted(self.ts_us, start_us, side="left")
        last = np.searchsorted(self.ts_us, end_us, side="right") - 1
        inside = last > first
        gain = self.least[np.clip(last, 0, n - 1)] - self.least[np.clip(first, 0, n - 1)]
        return np.asarray(np.where(inside, np.maximum(gain - self.slack, 0.0), 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingStretch:
    """A register that stood from the reading at ``first`` to that at ``last`` [us].

    ``bridged`` says that the reading after it holds what was counted meanwhile.
    """

    first: int
    last: int
    bridged: bool


def standing_stretches(
    register: Register,
    ts_us: IntArray,
    level: FloatArray,
    segment: IntArray,
    witnesses: Sequence[SaysLeast],
) -> Iterator[StandingStretch]:
    """The stretches in which a register is accused of standing still.

    Parameters
    ----------
    register : Register
        Its step and starting rate.
    ts_us, level, segment : array, shape (n,)
        Its count by continuity.
    witnesses : sequence of Witness
        What says that it should have moved; without one nothing is accused.

    Yields
    ------
    StandingStretch
        In order of time. A stretch that reaches to the newest reading is not bridged.

    Examples
    --------
    Four hours at 100 kW without a count, and then the true index:

    >>> hours = np.arange(6) * US_PER_HOUR
    >>> gauge = Witness(name="power", ts_us=hours, least=95.0 * np.arange(6))
    >>> shown = np.array([0.0, 0.0, 0.0, 0.0, 400.0, 500.0])
    >>> found = standing_stretches(
    ...     Register(key="m.energy", resolution=1.0), hours, shown, np.zeros(6, np.int64), [gauge]
    ... )
    >>> [(one.first // US_PER_HOUR, one.last // US_PER_HOUR, one.bridged) for one in found]
    [(0, 3, True)]
    """
    if not witnesses or len(ts_us) < 2:
        return
    first, last = flat_stretches(level, segment)
    if not len(first):
        return
    start_us, end_us = ts_us[first], ts_us[last]
    spans_h = (end_us - start_us) / US_PER_HOUR
    hidden = _HIDDEN_STEPS * register.step_at(level[first])
    hidden = hidden + register.starting_rate_per_h * spans_h
    accused = _most(witnesses, start_us, end_us) > hidden
    for n in np.flatnonzero(accused).tolist():
        after = int(last[n]) + 1
        yield StandingStretch(
            first=int(start_us[n]),
            last=int(end_us[n]),
            bridged=after < len(ts_us)
            and segment[after] == segment[last[n]]
            and _holds(register, ts_us, level, (int(first[n]), after), witnesses),
        )


def flat_stretches(level: FloatArray, segment: IntArray) -> tuple[IntArray, IntArray]:
    """First and last reading of each stretch of equal ones.

    Examples
    --------
    >>> first, last = flat_stretches(np.array([1.0, 2.0, 2.0, 2.0]), np.zeros(4, np.int64))
    >>> first.tolist(), last.tolist()
    ([1], [3])
    """
    still = level[1:] == level[:-1]
    if still.any():
        still &= segment[1:] == segment[:-1]
    if not still.any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    turns = np.diff(np.concatenate([[0], still.astype(np.int8), [0]]))
    return np.flatnonzero(turns > 0), np.flatnonzero(turns < 0)


def stands_from_us(samples: Samples, least_us: int) -> int | None:
    """When a register first showed one value for so long, whether it should have moved or not.

    Parameters
    ----------
    samples : Samples
        Its readings, as they came.
    least_us : int
        How long at least. [us]

    Returns
    -------
    int or None
        The first reading of the first such stretch [us]; None without any.

    Examples
    --------
    >>> hours = np.arange(6) * US_PER_HOUR
    >>> shown = Samples(ts_us=hours, value=np.array([1.0, 2.0, 2.0, 3.0, 3.0, 3.0]))
    >>> stands_from_us(shown, 2 * US_PER_HOUR) // US_PER_HOUR
    3
    """
    known = np.isfinite(samples.value)
    ts_us, value = samples.ts_us[known], samples.value[known]
    first, last = flat_stretches(value, np.zeros(len(value), np.int64))
    long = np.flatnonzero(ts_us[last] - ts_us[first] >= least_us)
    return int(ts_us[first[long[0]]]) if len(long) else None


def _most(witnesses: Sequence[SaysLeast], start_us: IntArray, end_us: IntArray) -> FloatArray:
    """The greatest of the least counts that the witnesses tell."""
    return np.asarray(np.max([one.least_between(start_us, end_us) for one in witnesses], axis=0))


def _holds(
    register: Register,
    ts_us: IntArray,
    level: FloatArray,
    ends: tuple[int, int],
    witnesses: Sequence[SaysLeast],
) -> bool:
    """Whether the first reading after a stretch counts what was not counted in it."""
    first, after = ends
    told = float(_most(witnesses, ts_us[first : first + 1], ts_us[after : after + 1])[0])
    step = float(register.step_at(level[after : after + 1])[0])
    hidden = register.starting_rate_per_h * float(ts_us[after] - ts_us[first]) / US_PER_HOUR
    return float(level[after] - level[first]) + _HIDDEN_STEPS * step + hidden >= told
