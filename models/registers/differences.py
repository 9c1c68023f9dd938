"""What lies between the readings of a register: the passes over them that all else shares."""

from dataclasses import dataclass
from math import inf, isfinite
from typing import Self

import numpy as np

from models.readings import FloatArray, IntArray
from models.registers.samples import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """From each of n readings to the next, shape (n - 1,).

    ``least_gain`` is the smallest of the gains, infinite without any.
    """

    span_us: IntArray
    gain: FloatArray
    least_gain: float

    @classmethod
    def of(cls, samples: Samples) -> Self:
        """Differences of times and values.

        Examples
        --------
        >>> shown = Samples(ts_us=np.array([0, 10, 30]), value=np.array([1.0, 4.0, 4.0]))
        >>> between = Differences.of(shown)
        >>> between.span_us.tolist(), between.gain.tolist(), between.least_gain
        ([10, 20], [3.0, 0.0], 0.0)
        """
        ts_us, value = samples.ts_us, samples.value
        # What is not a number is looked for in what comes out.
        with np.errstate(invalid="ignore", over="ignore"):
            gain = value[1:] - value[:-1]
        return cls(
            span_us=ts_us[1:] - ts_us[:-1],
            gain=gain,
            least_gain=float(gain.min(initial=inf)),
        )


def finite_readings(samples: Samples) -> tuple[Samples, Differences]:
    """The readings that are numbers, and what lies between them.

    Examples
    --------
    >>> shown = Samples(ts_us=np.array([0, 10, 30]), value=np.array([1.0, np.nan, 4.0]))
    >>> kept, between = finite_readings(shown)
    >>> kept.value.tolist(), between.span_us.tolist()
    ([1.0, 4.0], [30])
    """
    differences = Differences.of(samples)
    # One bad reading between others makes the least gain NaN or -inf; most registers have none.
    ends = () if not len(samples) else (samples.value[0], samples.value[-1])
    if differences.least_gain > -inf and all(map(isfinite, ends)):
        return samples, differences
    known = np.isfinite(samples.value)
    samples = Samples(ts_us=samples.ts_us[known], value=samples.value[known])
    return samples, Differences.of(samples)
