"""Two years of the simulated site by day, drawn once for all tests of foresight."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest

from models.forecast.year_end import DailyHistory
from models.readings import FloatArray
from simulators.plant import Plant

_SIX_HOURS_US = 21_600_000_000
_DAYS = 730
_SOURCES = ("intake_a", "intake_b", "genset_meter", "pv_meter")
_WATERS = ("water_adiabatic", "water_humidifier", "water_rain")
_HEATS = ("heat_meter_loop", "heat_meter_greenhouse")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantDays:
    """2025 and 2026 as the meters counted them."""

    kpis: dict[str, DailyHistory]
    cooling_kwh: FloatArray
    overhead_kwh: FloatArray
    it_kwh: FloatArray
    outdoor_degc: FloatArray


@cache
def _plant_days(seed: int) -> PlantDays:
    start = round(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    read = Plant(seed).measured_values(start + np.arange(4 * _DAYS + 1) * _SIX_HOURS_US)
    temp = read["weather_mast.outdoor_temp_degc"][:-1].reshape(-1, 4).mean(axis=1)

    def counted(quantity: str, *devices: str) -> FloatArray:
        registers = [np.diff(read[f"{one}.{quantity}"][::4]) for one in devices]
        return np.asarray(np.sum(registers, axis=0))

    def history(top: FloatArray, bottom: FloatArray, scale: float = 1.0) -> DailyHistory:
        return DailyHistory(
            day=np.arange(_DAYS),
            numerator=top,
            denominator=bottom,
            outdoor_degc=temp,
            scale=scale,
        )

    facility = counted("active_energy_kwh", *_SOURCES)
    it = counted("active_energy_kwh", *(f"pdu_{n:02d}" for n in range(1, 13)))
    return PlantDays(
        kpis={
            "pue": history(facility, it),
            "wue": history(counted("volume_m3", *_WATERS), it, 1000.0),
            "erf": history(counted("heat_energy_kwh", *_HEATS), facility),
        },
        cooling_kwh=counted("active_energy_kwh", "mech_board_a", "mech_board_b"),
        # Heat pumps follow the district's demand, not the halls.
        overhead_kwh=facility - it - counted("active_energy_kwh", "heat_pump_board"),
        it_kwh=it,
        outdoor_degc=temp,
    )


@pytest.fixture(scope="session")
def plant_days() -> Callable[[int], PlantDays]:
    """The days of the site of a seed."""
    return _plant_days
