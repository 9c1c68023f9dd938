"""Noise at two points of the property line, in periods of ten minutes.

Assumptions: the residual level is that of rail and street by hour of the day with a
scatter from period to period, and wind above 5 m/s adds its own; the plant is heard by its
dry-cooler fans (50 dB per decade of speed, the usual fan law) above a steady hum, and
by the generator when it is tested. A meter shows the level of the last complete period.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.cooling import Cooling
from simulators.plant.genset import Genset
from simulators.plant.grid import NODE_S, Nodes
from simulators.plant.randomness import normal, smooth
from simulators.plant.signals import SOUND_METERS
from simulators.plant.variant import Variant
from simulators.plant.weather import Weather

PERIOD_S: Final = 2 * NODE_S
DAY_HOURS: Final = (7.0, 22.0)  # article R. 1336-7 of the code de la santé publique
_HOURS: Final = np.arange(0.0, 25.0, 2.0)
_RESIDUAL: Final = {
    "sound_east": np.array(
        [47.0, 45.5, 46.5, 52.5, 57.5, 57.0, 56.5, 57.0, 58.0, 58.0, 55.0, 51.0, 47.0]
    ),
    "sound_north": np.array(
        [48.5, 46.5, 47.5, 54.5, 60.0, 59.0, 58.5, 59.0, 60.5, 60.0, 57.0, 53.0, 48.5]
    ),
}
_SCATTER_DB: Final = 1.3  # from one period to the next
_DRIFT_DB: Final = 0.9  # from one hour to the next
_FANS_DBA: Final = {"sound_east": 49.5, "sound_north": 47.0}  # both coolers at full speed
_HUM_DBA: Final = {"sound_east": 36.0, "sound_north": 35.0}
_GENSET_DBA: Final = {"sound_east": 56.0, "sound_north": 61.0}
_FAN_DB_PER_DECADE: Final = 50.0
_WIND_M_PER_S: Final = 5.0
_NAT_DB: Final = 0.5 * np.log(10.0) / 10.0  # energy mean of a normal scatter, per dB squared


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """Energy-mean residual level by day (07-22 h) and by night, in dB(A)."""

    day_dba: float
    night_dba: float


def residual_baseline() -> dict[str, Residual]:
    """The residual level as an acoustician would have measured it with the plant stopped.

    The energy mean of the hourly course and its scatter, without wind: a property of the
    site, the same for every seed.
    """
    hours = np.arange(0.0, 24.0, PERIOD_S / 3600.0)
    is_day = is_day_hour(hours)
    spread_db = _NAT_DB * (_SCATTER_DB**2 + _DRIFT_DB**2)
    found: dict[str, Residual] = {}
    for point, course in _RESIDUAL.items():
        levels = np.interp(hours, _HOURS, course) + spread_db
        found[point] = Residual(
            day_dba=energy_mean_dba(levels[is_day]), night_dba=energy_mean_dba(levels[~is_day])
        )
    return found


def is_day_hour(local_hour: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether an hour is in the legal day."""
    return (local_hour >= DAY_HOURS[0]) & (local_hour < DAY_HOURS[1])


def energy_mean_dba(levels_dba: FloatArray) -> float:
    """Level of the mean sound energy; NaN of no levels."""
    if levels_dba.size == 0:
        return float("nan")
    return float(_level(np.asarray(_energy(levels_dba).mean())))


def noise_rows(
    seed: int,
    nodes: Nodes,
    *,
    sky: Weather,
    outdoors: Cooling,
    genset: Genset,
    variant: Variant,
) -> dict[str, FloatArray]:
    """Levels of the last complete period at each node after the lead-in.

    These rows step: they hold from one node to the next.
    """
    hour = nodes.local_hour[1:-1:2]
    index = nodes.unix_s[:-1:2] // PERIOD_S
    wind = _means(sky.wind_m_per_s)
    gusts = np.where(wind > _WIND_M_PER_S, _energy(40.0 + 3.0 * (wind - _WIND_M_PER_S)), 0.0)
    rows: dict[str, FloatArray] = {}
    for point in SOUND_METERS:
        scatter = _SCATTER_DB * normal(seed, f"noise/{point}", index)
        drift = _DRIFT_DB * smooth(seed, f"noise/{point}/drift", nodes.hours, 1.0)[1:-1:2]
        street = np.interp(hour, _HOURS, _RESIDUAL[point]) + scatter + drift
        residual = _level(_energy(street) + gusts)
        plant = variant.louder(_means(_plant_energy(point, outdoors, genset)))
        ambient = _level(_energy(residual) + plant)
        above_db = 11.0 + 2.5 * normal(seed, f"noise/{point}/max", index)
        steady_db = 3.6 + 0.6 * normal(seed, f"noise/{point}/l90", index)
        found = {
            "sound_level_laeq_dba": ambient,
            "sound_level_l90_dba": _level(_energy(residual - steady_db) + plant) - 0.3,
            "sound_level_max_dba": ambient + above_db,
            "residual_dba": residual,
        }
        rows |= {f"{point}.{name}": _shown(levels) for name, levels in found.items()}
    return rows


def _plant_energy(point: str, outdoors: Cooling, genset: Genset) -> FloatArray:
    fans = 0.5 * _energy(_FANS_DBA[point] + _FAN_DB_PER_DECADE * np.log10(outdoors.fan_speed_ratio))
    hum = 10.0 ** (_HUM_DBA[point] / 10.0)
    engine = 10.0 ** (_GENSET_DBA[point] / 10.0) * genset.run_ratio
    return np.asarray(fans.sum(axis=0) + hum + engine)


def _means(values: FloatArray) -> FloatArray:
    """Trapezoid mean over each ten-minute period of two node intervals."""
    return np.asarray(0.25 * values[:-1:2] + 0.5 * values[1:-1:2] + 0.25 * values[2::2])


def _shown(periods: FloatArray) -> FloatArray:
    """Each period's level at the two nodes of the next period, cut to the block."""
    return np.repeat(periods, 2)[:-1]


def _energy(levels_dba: FloatArray) -> FloatArray:
    return np.asarray(10.0 ** (levels_dba / 10.0))


def _level(energy: FloatArray) -> FloatArray:
    return np.asarray(10.0 * np.log10(energy))
