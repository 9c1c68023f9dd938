"""A Paris year, invented around the public normals of Paris-Montsouris.

Assumptions: sinusoidal season (annual mean near 12.6 degC, January 5, July 21), daily
course peaking in mid-afternoon, fronts of three to nine days, one heat wave and one cold
spell each calendar year, clear-sky sun after Haurwitz (1945) dimmed by clouds after Kasten
and Czeplak (1980), wet bulb after Stull (2011).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.grid import Nodes, ramp, year_start_s
from simulators.plant.randomness import smooth, uniform

LATITUDE_DEG: Final = 48.899  # Porte de la Chapelle
LONGITUDE_DEG: Final = 2.361
_DAY_S: Final = 86_400.0
_SEASON_LAG_RAD: Final = 0.31  # the coldest day is about 18 January


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The weather at every node; ``slow_temp_degc`` is what a heavy building feels."""

    temp_degc: FloatArray
    slow_temp_degc: FloatArray
    wet_bulb_degc: FloatArray
    humidity_ratio: FloatArray
    moisture_kg_per_kg: FloatArray
    wind_m_per_s: FloatArray
    irradiance_w_per_m2: FloatArray
    pressure_bar: FloatArray
    rain_mm_per_day: FloatArray

    def rows(self) -> dict[str, FloatArray]:
        """What the mast shows."""
        return {
            "weather_mast.outdoor_temp_degc": self.temp_degc,
            "weather_mast.relative_humidity_ratio": self.humidity_ratio,
            "weather_mast.wind_speed_m_per_s": self.wind_m_per_s,
            "weather_mast.irradiance_w_per_m2": self.irradiance_w_per_m2,
            "weather_mast.pressure_bar": self.pressure_bar,
        }


def weather(seed: int, nodes: Nodes) -> Weather:
    """Weather at the nodes."""
    hours = nodes.hours
    cloud = _cloud_ratio(seed, hours)
    season = np.cos(nodes.year_angle - _SEASON_LAG_RAD)
    slow = _slow_temp_degc(seed, nodes, season)
    solar_hour = (nodes.unix_s / 3600.0 + LONGITUDE_DEG / 15.0) % 24.0
    swing_k = (3.7 - 1.6 * season) * (1.15 - 0.6 * cloud)
    daily = swing_k * np.cos(2.0 * np.pi * (solar_hour - 15.0) / 24.0)
    flutter = 0.35 * smooth(seed, "weather/flutter", hours, 0.8)
    temp = slow + daily + flutter
    depression_k = np.clip(
        3.9 - 1.9 * season + 1.6 * smooth(seed, "weather/dry", hours, 50.0), 0.3, 14.0
    )
    dew = np.minimum(slow - depression_k, temp - 0.2)
    humidity = np.clip(_saturation_kpa(dew) / _saturation_kpa(temp), 0.12, 0.99)
    vapour_kpa = humidity * _saturation_kpa(temp)
    return Weather(
        temp_degc=temp,
        slow_temp_degc=slow,
        wet_bulb_degc=_wet_bulb_degc(temp, humidity),
        humidity_ratio=humidity,
        moisture_kg_per_kg=0.622 * vapour_kpa / (101.3 - vapour_kpa),
        wind_m_per_s=_wind_m_per_s(seed, hours, solar_hour),
        irradiance_w_per_m2=_irradiance_w_per_m2(nodes, solar_hour, cloud),
        pressure_bar=1.009
        + 0.009 * smooth(seed, "weather/pressure", hours, 60.0)
        + 0.0012 * smooth(seed, "weather/pressure/fast", hours, 5.0),
        rain_mm_per_day=_rain_mm_per_day(seed, nodes),
    )


def _slow_temp_degc(seed: int, nodes: Nodes, season: FloatArray) -> FloatArray:
    hours = nodes.hours
    fronts = 2.2 * smooth(seed, "weather/front", hours, 76.0)
    blocking = 1.7 * smooth(seed, "weather/blocking", hours, 9 * 24.0)
    return np.asarray(13.0 - 7.9 * season + fronts + blocking + _spells_k(seed, nodes))


def _spells_k(seed: int, nodes: Nodes) -> FloatArray:
    """One heat wave in July or August and one cold spell in January or February."""
    total = np.zeros(nodes.unix_s.shape)
    years = nodes.unix_s.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64)
    for year in range(int(years[0]) - 1, int(years[-1]) + 2):
        start_s = year_start_s(year)
        for name, first_day, last_day, amplitude_k in (
            ("heat", 184.0, 228.0, 8.5),
            ("cold", 8.0, 50.0, -8.5),
        ):
            where, size = uniform(seed, f"weather/{name}", np.array([2 * year, 2 * year + 1]))
            centre_s = start_s + (first_day + (last_day - first_day) * where) * _DAY_S
            half_days = 2.5 + 1.5 * size
            away_days = np.abs(nodes.unix_s - centre_s) / _DAY_S
            total += amplitude_k * ramp(away_days, half_days + 2.5, half_days - 0.5)
    return total


def _cloud_ratio(seed: int, hours: FloatArray) -> FloatArray:
    fronts = smooth(seed, "weather/cloud", hours, 30.0)
    passing = smooth(seed, "weather/cloud/passing", hours, 1.3)
    return np.asarray(np.clip(0.68 + 0.33 * fronts + 0.16 * passing, 0.0, 1.0))


def _saturation_kpa(temp_degc: FloatArray) -> FloatArray:
    """Magnus formula over water, coefficients of Alduchov and Eskridge (1996)."""
    return np.asarray(0.61094 * np.exp(17.625 * temp_degc / (temp_degc + 243.04)))


def _wet_bulb_degc(temp_degc: FloatArray, humidity_ratio: FloatArray) -> FloatArray:
    """Stull (2011), eq. 1; stated for 5-99 % humidity and -20..50 degC at sea level."""
    rh = 100.0 * humidity_ratio
    return np.asarray(
        temp_degc * np.arctan(0.151977 * np.sqrt(rh + 8.313659))
        + np.arctan(temp_degc + rh)
        - np.arctan(rh - 1.676331)
        + 0.00391838 * rh**1.5 * np.arctan(0.023101 * rh)
        - 4.686035
    )


def _wind_m_per_s(seed: int, hours: FloatArray, solar_hour: FloatArray) -> FloatArray:
    breeze = 1.0 + 0.2 * np.cos(2.0 * np.pi * (solar_hour - 14.5) / 24.0)
    fronts = np.exp(0.42 * smooth(seed, "weather/wind", hours, 20.0))
    gusts = np.exp(0.18 * smooth(seed, "weather/gust", hours, 0.4))
    return np.asarray(2.9 * breeze * fronts * gusts)


def _irradiance_w_per_m2(nodes: Nodes, solar_hour: FloatArray, cloud: FloatArray) -> FloatArray:
    """Global horizontal: sun height, Haurwitz clear sky, Kasten-Czeplak cloud factor."""
    declination = np.deg2rad(-23.44) * np.cos(nodes.year_angle + 2.0 * np.pi * 10.0 / 365.24)
    latitude = np.deg2rad(LATITUDE_DEG)
    hour_angle = np.pi * (solar_hour - 12.0) / 12.0
    sine = np.sin(latitude) * np.sin(declination)
    sine = sine + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    height = np.maximum(sine, 1e-3)
    clear = np.where(sine > 1e-3, 1098.0 * height * np.exp(-0.059 / height), 0.0)
    return np.asarray(clear * (1.0 - 0.75 * cloud**3.4))


def _rain_mm_per_day(seed: int, nodes: Nodes) -> FloatArray:
    """Assumption: rain on 45 % of days, exponential around 4 mm: some 650 mm a year."""
    day = nodes.local_day
    falls = uniform(seed, "weather/rain", day) < 0.45
    depth = -4.0 * np.log1p(-0.999 * uniform(seed, "weather/rain/depth", day))
    return np.where(falls, depth, 0.0)
