"""Randomness as a function of (seed, stream, index): no state, no order of asking.

A draw is a 64-bit mix of its coordinates, so the weather of a day is the same whether the
day is computed first, last or alone, and neighbouring blocks join without a seam.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LANE = np.uint64(0xFFFF)
_GOLDEN_ONE, _MIX_1_ONE, _MIX_2_ONE = int(_GOLDEN), int(_MIX_1), int(_MIX_2)
_ALL = 2**64 - 1


def _mixed(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    z = (value ^ (value >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


def _bits(seed: int, stream: str, index: IntArray) -> NDArray[np.uint64]:
    key = np.array([(seed & 0xFFFFFFFF) << 32 | crc32(stream.encode())], dtype=np.uint64)
    base = _mixed(key * _GOLDEN + _GOLDEN)
    counters = np.ascontiguousarray(index, dtype=np.int64).view(np.uint64)
    return _mixed(_mixed(counters * _GOLDEN + base) + base)


def uniform(seed: int, stream: str, index: IntArray) -> FloatArray:
    """Draws in [0, 1), one per index."""
    bits = _bits(seed, stream, np.atleast_1d(index))
    return np.asarray((bits >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def normal(seed: int, stream: str, index: IntArray) -> FloatArray:
    """Nearly normal draws of mean 0 and variance 1, never beyond 3.47 deviations.

    The sum of four uniform lanes; the bound keeps every signal inside physical limits.
    """
    bits = _bits(seed, stream, np.atleast_1d(index))
    lanes = sum(
        ((bits >> np.uint64(shift)) & _LANE).astype(np.float64) for shift in (0, 16, 32, 48)
    )
    return np.asarray((lanes / 65536.0 - (2.0 - 2.0 / 65536.0)) * np.sqrt(3.0))


def smooth(seed: int, stream: str, hours: FloatArray, period_h: float) -> FloatArray:
    """Continuous noise of unit variance that forgets itself over ``period_h``.

    Hashed knots every ``period_h``, joined by smoothstep and rescaled so that the variance
    between two knots is that at the knots.
    """
    phase = float(uniform(seed, f"{stream}/phase", np.zeros(1, np.int64))[0])
    position = hours / period_h + phase
    first = int(np.floor(position[0]))
    last = int(np.floor(position[-1])) + 2
    knots = normal(seed, stream, np.arange(first, last + 1, dtype=np.int64))
    cell = np.floor(position)
    fraction = position - cell
    weight = fraction * fraction * (3.0 - 2.0 * fraction)
    at = cell.astype(np.int64) - first
    mixed = knots[at] * (1.0 - weight) + knots[at + 1] * weight
    return np.asarray(mixed / np.sqrt((1.0 - weight) ** 2 + weight**2))


def smooth_rows(
    seed: int, streams: Sequence[str], hours: FloatArray, period_h: float
) -> FloatArray:
    """One row of :func:`smooth` noise per stream."""
    return np.stack([smooth(seed, stream, hours, period_h) for stream in streams])


def constant(seed: int, stream: str) -> float:
    """One draw in [-1, 1) that belongs to the seed alone: :func:`uniform` at 0, in plain integers.

    A plant asks for some hundreds of them, for which arrays of one value take most of its making.
    """
    key = (seed & 0xFFFFFFFF) << 32 | crc32(stream.encode())
    base = _mixed_one((key * _GOLDEN_ONE + _GOLDEN_ONE) & _ALL)
    bits = _mixed_one((_mixed_one(base) + base) & _ALL)
    return 2.0 * ((bits >> 11) * 2.0**-53) - 1.0


def _mixed_one(value: int) -> int:
    """:func:`_mixed` of one number below 2^64."""
    z = ((value ^ (value >> 30)) * _MIX_1_ONE) & _ALL
    z = ((z ^ (z >> 27)) * _MIX_2_ONE) & _ALL
    return z ^ (z >> 31)
