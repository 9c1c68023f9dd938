"""The stand-by generator: half an hour of test by day, once a month.

Assumptions: second Tuesday of the month, 14:00 to 14:30 in Paris, 175 kW taken over from
the intakes; 0.245 L/kWh plus 9 L/h idling; coolant kept at 41 degC, 84 degC when it runs.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray, IntArray
from simulators.plant.grid import Nodes, weekday

_TEST_KW: Final = 175.0
_TEST_S: Final = 14 * 3600
_TEST_LENGTH_S: Final = 1800
_DAY_S: Final = 86_400
_TUESDAY: Final = 1
_SECOND: Final = (8, 14)
_KEEP_WARM_DEGC: Final = 41.0
_RISE_K: Final = 43.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Genset:
    """Power and fuel of the generator; ``run_ratio`` is 1 while it runs."""

    power_kw: FloatArray
    run_ratio: FloatArray
    fuel_m3_per_h: FloatArray
    coolant_degc: FloatArray

    def rows(self) -> dict[str, FloatArray]:
        """What its panel shows."""
        return {
            "genset.run_ratio": self.run_ratio,
            "genset.fuel_m3_per_h": self.fuel_m3_per_h,
            "genset.coolant_temp_degc": self.coolant_degc,
        }


def genset(nodes: Nodes) -> Genset:
    """The generator at the nodes."""
    into_s = nodes.local_s % _DAY_S - _TEST_S
    is_test_day = _is_second_tuesday(nodes.local_s)
    running = is_test_day & (into_s >= 0) & (into_s <= _TEST_LENGTH_S)
    loaded = running & (into_s > 0) & (into_s < _TEST_LENGTH_S)
    run = running.astype(np.float64)
    power_kw = _TEST_KW * loaded.astype(np.float64)
    return Genset(
        power_kw=power_kw,
        run_ratio=run,
        fuel_m3_per_h=1e-3 * (0.245 * power_kw + 9.0 * run),
        coolant_degc=_KEEP_WARM_DEGC + _RISE_K * _warmth(into_s, is_test_day),
    )


def _is_second_tuesday(local_s: IntArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    days = (local_s // _DAY_S).astype("datetime64[D]")
    of_month = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    in_week = (of_month >= _SECOND[0]) & (of_month <= _SECOND[1])
    return np.asarray(in_week & (weekday(local_s) == _TUESDAY))


def _warmth(
    into_s: IntArray, is_test_day: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> FloatArray:
    """Heats up in minutes, cools through the evening; over before midnight."""
    minutes = into_s / 60.0
    heating = 1.0 - np.exp(-np.clip(minutes, 0.0, 30.0) / 7.0)
    cooling = np.exp(-np.clip(minutes - 30.0, 0.0, None) / 50.0)
    return np.where(is_test_day & (into_s >= 0), heating * cooling, 0.0)
