"""Readings of one point in time order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from models.readings import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Readings of one point, shape (n,); NaN where a reading has no value.

    ``ts_us`` is the source time in microseconds of UTC since 1970, strictly increasing.
    """

    ts_us: IntArray
    value: FloatArray

    def __len__(self) -> int:
        return len(self.ts_us)

    def upto(self, end_us: int) -> Self:
        """The samples before an instant."""
        n = int(np.searchsorted(self.ts_us, end_us, side="left"))
        return type(self)(ts_us=self.ts_us[:n], value=self.value[:n])

    def since(self, start_us: int) -> Self:
        """The samples from an instant on."""
        n = int(np.searchsorted(self.ts_us, start_us, side="left"))
        return type(self)(ts_us=self.ts_us[n:], value=self.value[n:])

    def then(self, later: Self) -> Self:
        """These samples followed by later ones."""
        return type(self)(
            ts_us=np.concatenate([self.ts_us, later.ts_us]),
            value=np.concatenate([self.value, later.value]),
        )


NO_SAMPLES = Samples(ts_us=np.zeros(0, np.int64), value=np.zeros(0))

SamplesByKey = Mapping[str, Samples]


def samples_of(ts_us: IntArray, value: FloatArray) -> Samples:
    """Bring readings in order; of two with one time the later row counts.

    Examples
    --------
    >>> samples_of(np.array([20, 10, 20]), np.array([2.0, 1.0, 3.0])).value.tolist()
    [1.0, 3.0]
    """
    order = np.argsort(ts_us, kind="stable")
    ts_us, value = ts_us[order], value[order]
    last = np.append(ts_us[1:] > ts_us[:-1], True) if len(ts_us) else np.zeros(0, bool)
    return Samples(ts_us=ts_us[last], value=value[last])
