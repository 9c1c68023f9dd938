"""What is true of each KPI, by its id in the registry: the one table of it.

A KPI that is missing here has no truth of its own in the plant: it is declared, or rests on
declared factors. What the plant does not define over a window is NaN.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulators.plant.truth import NoiseTruth, Truth
from simulators.plant.truth_cooling import ratio
from simulators.plant.truth_weather import WeatherTruth


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTruth:
    """The plant over one window."""

    plant: Truth
    weather: WeatherTruth


KPI_TRUTHS: Final[Mapping[str, Callable[[WindowTruth], float]]] = {
    "pue": lambda true: true.plant.pue,
    "load_factor": lambda true: true.plant.load_factor,
    # the sites meter the heat of the chilled water alone
    "cer": lambda true: ratio(
        true.plant.cooling.q_removed_chilled_kwh, true.plant.cooling.e_cooling_kwh
    ),
    "facility_energy": lambda true: true.plant.e_dc_kwh,
    "recovered_heat": lambda true: true.plant.e_reuse_kwh,
    "erf": lambda true: true.plant.erf,
    "ere": lambda true: true.plant.ere,
    "seasonal_factor": lambda true: true.plant.heat.cop_plant,
    "delivered_temperature": lambda true: true.plant.heat.supply_temp_delivered_degc,
    "wue": lambda true: true.plant.wue_l_per_kwh,
    "wue_potable": lambda true: true.plant.wue_potable_l_per_kwh,
    # no other water of the plant is fresh
    "wue_fresh": lambda true: true.plant.wue_potable_l_per_kwh,
    "ref": lambda true: true.plant.ref_onsite,
    "renewable_onsite_ratio": lambda true: ratio(true.plant.e_pv_kwh, true.plant.e_dc_kwh),
    "cooling_degree_days": lambda true: true.weather.cooling_degree_days_k_d,
}
# By one point of the property line; of the site the highest holds.
NOISE_TRUTHS: Final[Mapping[str, Callable[[NoiseTruth], float]]] = {
    "noise_emergence_day": lambda true: true.emergence_day_db,
    "noise_emergence_night": lambda true: true.emergence_night_db,
    "noise_boundary_day": lambda true: true.ambient_day_dba,
    "noise_boundary_night": lambda true: true.ambient_night_dba,
}
# What the law judges where the neighbours are, and not at the property line.
AT_NEIGHBOUR: Final = frozenset({"noise_emergence_day", "noise_emergence_night"})


def kpi_truths(true: WindowTruth) -> dict[str, float]:
    """Every metered KPI over one window, NaN where it is not defined."""
    return {kpi: figure(true) for kpi, figure in KPI_TRUTHS.items()}
