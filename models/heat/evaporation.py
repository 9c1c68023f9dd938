"""Water of towers and adiabatic panels: evaporation, blow-down, cycles of concentration."""

from dataclasses import dataclass
from enum import StrEnum
from math import hypot, isfinite

import numpy as np

from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray

_KJ_PER_KWH = 3600.0
# Meters count cold make-up: 0.2 % off at 20 degC, within the class of any of them.
_KG_PER_M3 = 1000.0


def latent_heat_kj_per_kg(temp_degc: FloatArray) -> FloatArray:
    """Heat that evaporates a kilogram of water.

    Parameters
    ----------
    temp_degc : float array, any shape
        Temperature of the water surface, 0 to 60 degC; NaN outside. [degC]

    Returns
    -------
    float array, same shape
        Latent heat. [kJ/kg]

    Notes
    -----
    2501 - 2.381 T, the line in the psychrometer equation of older editions of ASHRAE
    Fundamentals (background, not read); within 0.02 % of IAPWS-95 in this range.

    Examples
    --------
    >>> latent_heat_kj_per_kg(np.array([20.0])).round(0).tolist()
    [2453.0]
    """
    temp = np.asarray(temp_degc, dtype=float)
    inside = (temp >= 0.0) & (temp <= 60.0)
    return np.asarray(np.where(inside, 2501.0 - 2.381 * temp, np.nan))


def evaporated_m3(latent_heat_kwh: FloatArray, surface_temp_degc: FloatArray) -> FloatArray:
    """Water that carried away a latent heat.

    Parameters
    ----------
    latent_heat_kwh : float array, shape (n,)
        Heat that left as vapour. [kWh]
    surface_temp_degc : float array, shape (n,)
        Temperature of the wet surface, 0 to 60 degC. [degC]

    Returns
    -------
    float array, shape (n,)
        Volume of cold water. [m3]

    Examples
    --------
    1 MWh at 20 degC takes about 1.47 m3:

    >>> evaporated_m3(np.array([1000.0]), np.array([20.0])).round(2).tolist()
    [1.47]
    """
    per_kg = latent_heat_kj_per_kg(surface_temp_degc)
    return np.asarray(latent_heat_kwh * _KJ_PER_KWH / per_kg / _KG_PER_M3)


def tower_evaporated_m3(
    rejected_kwh: FloatArray, latent_ratio: FloatArray | float, surface_temp_degc: FloatArray
) -> FloatArray:
    """Water a tower evaporates to reject heat, part of which leaves as warm air.

    Parameters
    ----------
    rejected_kwh : float array, shape (n,)
        Heat rejected, not negative; NaN below 0. [kWh]
    latent_ratio : float or float array, shape (n,)
        Share of it that leaves as vapour, 0 to 1; it follows the weather. NaN outside. [-]
    surface_temp_degc : float array, shape (n,)
        Temperature of the wet surface, 0 to 60 degC. [degC]

    Returns
    -------
    float array, shape (n,)
        Volume of cold water. [m3]

    Examples
    --------
    Handbooks take 1 % of the flow for each 10 degF. 100 m3/h cooled by so much reject 645.7 kW:
    0.95 m3/h if all of it is latent.

    >>> tower_evaporated_m3(np.array([645.7]), 1.0, np.array([27.0])).round(2).tolist()
    [0.95]
    """
    rejected, share = np.asarray(rejected_kwh), np.asarray(latent_ratio)
    valid = (rejected >= 0.0) & (share >= 0.0) & (share <= 1.0)
    return evaporated_m3(np.where(valid, rejected * share, np.nan), surface_temp_degc)


def blow_down_m3(evaporated: float, cycles: float, drift: float = 0.0) -> float:
    """Water to let go so that salts stay at so many times their share in the make-up.

    Parameters
    ----------
    evaporated, drift : float
        Volumes of the window, not negative; drift carries salts like blow-down. [m3]
    cycles : float
        Cycles of concentration, above 1. [-]

    Returns
    -------
    float
        Blow-down [m3]; 0 where drift alone lets go more; NaN where a volume is missing or
        negative.

    Raises
    ------
    ValueError
        If ``cycles`` is not above 1.

    Notes
    -----
    Salt balance: make-up = cycles (blow-down + drift), make-up = evaporation + blow-down + drift,
    so blow-down = evaporation / (cycles - 1) - drift. The handbooks' evaporation / (cycles - 1)
    is the two together.

    Examples
    --------
    >>> blow_down_m3(10.0, 3.0)
    5.0
    """
    if not cycles > 1.0:
        msg = f"cycles of concentration must be above 1, got {cycles}: check the two readings"
        raise ValueError(msg)
    if not (evaporated >= 0.0 and drift >= 0.0):
        return float("nan")
    return max(evaporated / (cycles - 1.0) - drift, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterBudget:
    """Where the make-up of a window goes. [m3]"""

    evaporated_m3: float
    blow_down_m3: float
    drift_m3: float

    @property
    def make_up_m3(self) -> float:
        """All that must be fed in."""
        return self.evaporated_m3 + self.blow_down_m3 + self.drift_m3


def water_budget(evaporated: float, cycles: float, drift: float = 0.0) -> WaterBudget:
    """Evaporation, blow-down and drift of a window; their sum is the make-up.

    Parameters and refusals are those of :func:`blow_down_m3`.

    Examples
    --------
    >>> water_budget(10.0, 3.0, 0.2).make_up_m3
    15.0
    """
    return WaterBudget(
        evaporated_m3=evaporated,
        blow_down_m3=blow_down_m3(evaporated, cycles, drift),
        drift_m3=drift,
    )


def cycles_of_concentration(make_up_m3: float, blow_down: float, drift: float = 0.0) -> float:
    """Cycles from two water meters; infinite when nothing is let go.

    Parameters
    ----------
    make_up_m3, blow_down, drift : float
        Volumes of one window, not negative. [m3]

    Returns
    -------
    float
        Make-up / (blow-down + drift) [-]; NaN where a volume is missing or negative, or where
        neither meter moved. Below 1 the meters contradict each other.

    Examples
    --------
    >>> cycles_of_concentration(15.0, 5.0)
    3.0
    """
    lost = blow_down + drift
    if not (make_up_m3 >= 0.0 and blow_down >= 0.0 and drift >= 0.0) or make_up_m3 == lost == 0.0:
        return float("nan")
    return make_up_m3 / lost if lost > 0.0 else float("inf")


def cycles_from_conductivity(
    basin_us_per_cm: FloatArray, make_up_us_per_cm: FloatArray
) -> FloatArray:
    """Cycles from the conductivities of basin and make-up water, for salts that stay dissolved.

    Parameters
    ----------
    basin_us_per_cm, make_up_us_per_cm : float array, shape (n,)
        Conductivities at the same reference temperature, above 0; NaN else. [uS/cm]

    Returns
    -------
    float array, shape (n,)
        Cycles of concentration. [-]

    Notes
    -----
    Scale that has precipitated and acid that was dosed make it differ from the cycles by volume:
    a difference is a finding, not noise.

    Examples
    --------
    >>> cycles_from_conductivity(np.array([1800.0]), np.array([600.0])).tolist()
    [3.0]
    """
    valid = (basin_us_per_cm > 0.0) & (make_up_us_per_cm > 0.0)
    return np.asarray(
        np.where(valid, basin_us_per_cm, np.nan) / np.where(valid, make_up_us_per_cm, 1.0)
    )


class WaterVerdict(StrEnum):
    """What a make-up meter says against the heat."""

    PLAUSIBLE = "plausible"
    TOO_LITTLE = "too_little"
    TOO_MUCH = "too_much"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUpCheck:
    """Metered make-up against what the evaporated heat needs. Uncertainties are expanded (k = 2).

    ``metered_to_expected_ratio`` is NaN when no water was expected. ``impossible`` says that less
    was metered than evaporated even without any blow-down, beyond the uncertainty.
    """

    metered_m3: float
    expected_m3: float
    expanded_uncertainty_m3: float
    verdict: WaterVerdict
    evaporated_m3: float
    metered_to_expected_ratio: float
    expanded_uncertainty_ratio: float
    impossible: bool


def check_make_up(
    metered_m3: float,
    metered_u_ratio: float,
    latent_heat_kwh: float,
    latent_u_ratio: float,
    *,
    surface_temp_degc: float,
    cycles: float,
    cycles_u_ratio: float = 0.0,
) -> MakeUpCheck:
    """Whether the water meter fits the heat that was evaporated.

    Parameters
    ----------
    metered_m3, metered_u_ratio : float
        Make-up of the window and its relative standard uncertainty. [m3], [-]
    latent_heat_kwh, latent_u_ratio : float
        Heat that left by evaporation, and its relative standard uncertainty. [kWh], [-]
    surface_temp_degc : float
        Temperature of the wet surface. [degC]
    cycles, cycles_u_ratio : float
        Cycles of concentration, declared or measured, and their relative standard
        uncertainty. [-]

    Returns
    -------
    MakeUpCheck
        TOO_LITTLE is a by-passed or stopped meter, or cycles above the declared ones
        (``impossible`` rules the latter out); TOO_MUCH a leak, an open blow-down, or water for
        other uses. UNKNOWN when an input is missing or negative.

    Raises
    ------
    ValueError
        If ``cycles`` is not above 1, or an uncertainty is negative.

    Notes
    -----
    Expected make-up is E C/(C - 1), drift being part of what is let go. Its relative uncertainty
    is that of E and, from d ln(C/(C - 1)) / d ln C = -1/(C - 1), that of the cycles.

    Examples
    --------
    >>> check = check_make_up(3.0, 0.012, 1000.0, 0.05, surface_temp_degc=20.0, cycles=3.0)
    >>> check.verdict.value, round(check.metered_to_expected_ratio, 2), check.impossible
    ('too_much', 1.36, False)
    """
    if min(metered_u_ratio, latent_u_ratio, cycles_u_ratio) < 0.0:
        msg = "an uncertainty of check_make_up is negative: give relative standard uncertainties"
        raise ValueError(msg)
    metered_m3 = metered_m3 if metered_m3 >= 0.0 else float("nan")
    evaporated = float(evaporated_m3(np.array(latent_heat_kwh), np.array(surface_temp_degc)))
    expected = evaporated + blow_down_m3(evaporated, cycles)
    expected_u_ratio = hypot(latent_u_ratio, cycles_u_ratio / (cycles - 1.0))
    metered_u = metered_m3 * metered_u_ratio
    spread = COVERAGE_FACTOR * hypot(metered_u, expected * expected_u_ratio)
    least_spread = COVERAGE_FACTOR * hypot(metered_u, evaporated * latent_u_ratio)
    ratio = metered_m3 / expected if expected > 0.0 else float("nan")
    return MakeUpCheck(
        metered_m3=metered_m3,
        expected_m3=expected,
        expanded_uncertainty_m3=spread,
        verdict=_verdict(metered_m3 - expected, spread),
        evaporated_m3=evaporated,
        metered_to_expected_ratio=ratio,
        expanded_uncertainty_ratio=COVERAGE_FACTOR
        * abs(ratio)
        * hypot(metered_u_ratio, expected_u_ratio),
        impossible=evaporated - metered_m3 > least_spread,
    )


def _verdict(excess_m3: float, spread_m3: float) -> WaterVerdict:
    if not (isfinite(excess_m3) and isfinite(spread_m3)):
        return WaterVerdict.UNKNOWN
    if abs(excess_m3) <= spread_m3:
        return WaterVerdict.PLAUSIBLE
    return WaterVerdict.TOO_MUCH if excess_m3 > 0.0 else WaterVerdict.TOO_LITTLE


def pad_effectiveness_ratio(
    dry_bulb_degc: FloatArray, outlet_degc: FloatArray, wet_bulb_degc: FloatArray
) -> FloatArray:
    """How far a wet pad brings the air from its dry towards its wet bulb.

    Parameters
    ----------
    dry_bulb_degc, outlet_degc, wet_bulb_degc : float array, shape (n,)
        Air before and behind the pad, and the wet bulb before it. [degC]

    Returns
    -------
    float array, shape (n,)
        Saturation effectiveness (T_db - T_out) / (T_db - T_wb) [-]; NaN for air that is as good
        as saturated (less than 0.5 K apart). Outside 0 to 1 a sensor is wrong; it is not cut.

    Examples
    --------
    >>> pad_effectiveness_ratio(np.array([32.0]), np.array([23.0]), np.array([20.0])).tolist()
    [0.75]
    """
    span = np.asarray(dry_bulb_degc - wet_bulb_degc)
    open_span = span >= 0.5
    drop = np.asarray(dry_bulb_degc - outlet_degc)
    return np.asarray(np.where(open_span, drop, np.nan) / np.where(open_span, span, 1.0))


def pad_outlet_degc(
    dry_bulb_degc: FloatArray, wet_bulb_degc: FloatArray, effectiveness: float
) -> FloatArray:
    """Air behind a wet pad that brings it so far from dry to wet bulb. [degC]

    Examples
    --------
    >>> pad_outlet_degc(np.array([32.0]), np.array([20.0]), 0.75).tolist()
    [23.0]
    """
    if not 0.0 <= effectiveness <= 1.0:
        msg = f"effectiveness must lie between 0 and 1, got {effectiveness}"
        raise ValueError(msg)
    return np.asarray(dry_bulb_degc - effectiveness * (dry_bulb_degc - wet_bulb_degc))


def pad_evaporated_kg_per_s(
    dry_air_kg_per_s: FloatArray, humidity_ratio_in: FloatArray, humidity_ratio_out: FloatArray
) -> FloatArray:
    """Water an air stream takes up: its dry air times the rise of its humidity ratio. [kg/s]

    NaN for a negative flow; negative where the sensors say that water condensed.

    Examples
    --------
    >>> pad_evaporated_kg_per_s(np.array([10.0]), np.array([0.008]), np.array([0.012])).round(3)
    array([0.04])
    """
    flow = np.where(np.asarray(dry_air_kg_per_s) >= 0.0, dry_air_kg_per_s, np.nan)
    return np.asarray(flow * (humidity_ratio_out - humidity_ratio_in))
