"""The stand-by generator: half an hour of test by day, once a month.

Assumptions: second Tuesday of the month, 14:00 to 14:30 in Paris, 175 kW taken over from
the intakes; 0.245 L/kWh plus 9 L/h idling; coolant kept at 41 degC, 84 degC when it runs. A
scenario may run it at any other time. The boards take at most 60 % of their load from it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray, IntArray
from simulators.plant.grid import Nodes, weekday
from simulators.plant.scenario import Scenario

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
    """Power the generator offers; ``run_ratio`` is 1 while it runs."""

    power_kw: FloatArray
    run_ratio: FloatArray
    coolant_degc: FloatArray

    def rows(self, taken_kw: FloatArray) -> dict[str, FloatArray]:
        """What its panel shows while the boards take a power from it."""
        return {
            "genset.run_ratio": self.run_ratio,
            "genset.fuel_m3_per_h": 1e-3 * (0.245 * taken_kw + 9.0 * self.run_ratio),
            "genset.coolant_temp_degc": self.coolant_degc,
        }


def genset(nodes: Nodes, scenario: Scenario) -> Genset:
    """The generator at the nodes: its monthly test, and the runs of the scenario."""
    into_s = nodes.local_s % _DAY_S - _TEST_S
    is_test_day = _is_second_tuesday(nodes.local_s)
    running = is_test_day & (into_s >= 0) & (into_s <= _TEST_LENGTH_S)
    loaded = running & (into_s > 0) & (into_s < _TEST_LENGTH_S)
    runs = scenario.generator_runs(nodes.unix_s)
    warmth = np.where(is_test_day & (into_s >= 0), _warmth(into_s, _TEST_LENGTH_S), 0.0)
    for run in runs:
        since_start_s = (nodes.unix_s - run.start_s).astype(np.float64)
        warmed = _warmth(since_start_s, run.end_s - run.start_s)
        warmth = np.maximum(warmth, np.where(since_start_s >= 0, warmed, 0.0))
    powers = [_TEST_KW * loaded.astype(np.float64), *(run.power_kw for run in runs)]
    ratios = [running.astype(np.float64), *(run.run_ratio for run in runs)]
    return Genset(
        power_kw=np.max(powers, axis=0),
        run_ratio=np.max(ratios, axis=0),
        coolant_degc=_KEEP_WARM_DEGC + _RISE_K * warmth,
    )


def _is_second_tuesday(local_s: IntArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    days = (local_s // _DAY_S).astype("datetime64[D]")
    of_month = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    in_week = (of_month >= _SECOND[0]) & (of_month <= _SECOND[1])
    return np.asarray(in_week & (weekday(local_s) == _TUESDAY))


def _warmth(into_s: IntArray | FloatArray, length_s: float) -> FloatArray:
    """Heats up in minutes, cools for hours; of a test it is over before midnight."""
    minutes, length = into_s / 60.0, length_s / 60.0
    heating = 1.0 - np.exp(-np.clip(minutes, 0.0, length) / 7.0)
    cooling = np.exp(-np.clip(minutes - length, 0.0, None) / 50.0)
    return np.asarray(heating * cooling)
