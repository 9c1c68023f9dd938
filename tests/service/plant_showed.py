"""What the meters of the plant showed, computed once for all tests that ask the same."""

from functools import lru_cache

import numpy as np

from models.readings import IntArray
from models.registers.samples import Samples
from simulators.plant import Plant

PLANT = Plant(seed=1)


def plant_showed(keys: tuple[str, ...], ts_us: IntArray) -> dict[str, Samples]:
    """Readings of some points at some instants."""
    return dict(_showed(keys, ts_us.tobytes()))


@lru_cache(maxsize=128)
def _showed(keys: tuple[str, ...], instants: bytes) -> dict[str, Samples]:
    ts_us = np.frombuffer(instants, dtype=np.int64)
    values = PLANT.measured_values(ts_us)
    # A copy of each: the plant computes all points at once, and they need not stay.
    return {key: Samples(ts_us=ts_us, value=values[key].copy()) for key in keys}
