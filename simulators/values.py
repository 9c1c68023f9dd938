"""What the meters say now: the plant's measured values, computed once for everyone."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from models.quantities import Quantity
from models.readings import FloatArray, IntArray
from simulators.site import Point

Clock: TypeAlias = Callable[[], int]

_MIN_AGE_US: Final = 500_000
_OUTDOOR: Final = "weather_mast.outdoor_temp_degc"
# Flicker of a live reading: share of the value, and an absolute part in canonical units.
# Far inside every meter's class; counters, states and ten-minute levels do not flicker.
_FLICKER: Final[Mapping[Quantity, tuple[float, float]]] = {
    Quantity.ACTIVE_POWER: (1e-3, 0.0),
    Quantity.REACTIVE_POWER: (1e-3, 0.0),
    Quantity.APPARENT_POWER: (1e-3, 0.0),
    Quantity.CURRENT: (1e-3, 0.0),
    Quantity.VOLTAGE: (5e-4, 0.0),
    Quantity.FREQUENCY: (1e-4, 0.0),
    Quantity.HEAT_POWER: (2e-3, 0.0),
    Quantity.VOLUME_FLOW: (2e-3, 0.0),
    Quantity.TEMPERATURE: (0.0, 0.03),
    Quantity.TEMPERATURE_DIFFERENCE: (0.0, 0.02),
    Quantity.WIND_SPEED: (0.05, 0.0),
    Quantity.IRRADIANCE: (5e-3, 0.0),
}


class MeasuredPlant(Protocol):
    """What the servers ask of the plant."""

    def signal_keys(self) -> tuple[str, ...]:
        """Every signal the plant has."""
        ...

    def true_values(self, ts_us: IntArray) -> dict[str, FloatArray]:
        """What is."""
        ...

    def measured_values(self, ts_us: IntArray) -> dict[str, FloatArray]:
        """What the meters say."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All values at one instant; ``version`` counts the snapshots taken.

    ``outdoor_temp_degc`` is there whether or not the site has a mast that shows it.
    """

    ts_us: int
    version: int
    values: Mapping[str, float]
    outdoor_temp_degc: float


def wall_clock_us() -> int:
    """Microseconds of UTC since 1970."""
    return time.time_ns() // 1000


class LiveValues:
    """The present, at most twice a second anew, whoever asks."""

    def __init__(self, plant: MeasuredPlant, points: Mapping[str, Point], clock: Clock) -> None:
        self.clock = clock
        self._plant = plant
        self._keys = tuple(points)
        relative, absolute = zip(
            *(_FLICKER.get(point.quantity, (0.0, 0.0)) for point in points.values()), strict=True
        )
        self._relative = np.array(relative)
        self._absolute = np.array(absolute)
        self._salt = np.array([crc32(key.encode()) for key in self._keys], np.uint64)
        self._snapshot: Snapshot | None = None

    def current(self) -> Snapshot:
        """The latest snapshot, taken anew when it is half a second old."""
        now_us = self.clock()
        latest = self._snapshot
        if latest is not None and 0 <= now_us - latest.ts_us < _MIN_AGE_US:
            return latest
        measured = self._plant.measured_values(np.array([now_us], np.int64))
        plain = np.array([measured[key][0] for key in self._keys])
        wobble = _wobble(self._salt, now_us // _MIN_AGE_US)
        values = plain + wobble * (self._relative * plain + self._absolute)
        version = 1 if latest is None else latest.version + 1
        table = dict(zip(self._keys, values.tolist(), strict=True))
        self._snapshot = Snapshot(
            ts_us=now_us,
            version=version,
            values=table,
            outdoor_temp_degc=float(measured[_OUTDOOR][0]) if _OUTDOOR in measured else math.nan,
        )
        return self._snapshot

    def measured_at(self, ts_us: int) -> Mapping[str, float]:
        """What the meters said at another time, without flicker."""
        measured = self._plant.measured_values(np.array([ts_us], np.int64))
        return {key: float(measured[key][0]) for key in self._keys}

    def true_now(self) -> Mapping[str, float]:
        """What is, without meter errors."""
        true = self._plant.true_values(np.array([self.clock()], np.int64))
        return {key: float(true[key][0]) for key in self._keys}


def _wobble(salt: NDArray[np.uint64], bucket: int) -> FloatArray:
    """A number in [-1, 1) per point and half-second, always the same for the same two."""
    z = (salt << np.uint64(32)) + np.uint64(bucket)
    z = (z ^ (z >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    z = (z ^ (z >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    z = z ^ (z >> np.uint64(33))
    return np.asarray((z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0)
