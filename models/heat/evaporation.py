"""Water of towers and adiabatic panels: evaporation, blow-down, cycles of concentration."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.readings import FloatArray

_KJ_PER_KWH = 3600.0
_KG_PER_M3 = 1000.0


def latent_heat_kj_per_kg(temp_degc: FloatArray) -> FloatArray:
    """Heat that evaporates a kilogram of water.

    Parameters
    ----------
    temp_degc : float array
        Temperature of the water surface, 0 to 60 degC. [degC]

    Returns
    -------
    float array
        Latent heat. [kJ/kg]

    Notes
    -----
    2501 - 2.381 T, the line of ASHRAE Fundamentals, chapter 1 (enthalpies of vapour and water);
    within 0.2 % of steam tables in this range.

    Examples
    --------
    >>> latent_heat_kj_per_kg(np.array([20.0])).round(0).tolist()
    [2453.0]
    """
    inside = (temp_degc >= 0.0) & (temp_degc <= 60.0)
    return np.asarray(np.where(inside, 2501.0 - 2.381 * temp_degc, np.nan))


def evaporated_m3(latent_heat_kwh: FloatArray, surface_temp_degc: FloatArray) -> FloatArray:
    """Water that carried away a latent heat. [m3]

    Examples
    --------
    1 MWh at 20 degC takes about 1.47 m3:

    >>> evaporated_m3(np.array([1000.0]), np.array([20.0])).round(2).tolist()
    [1.47]
    """
    per_kg = latent_heat_kj_per_kg(surface_temp_degc)
    return np.asarray(latent_heat_kwh * _KJ_PER_KWH / per_kg / _KG_PER_M3)


def blow_down_m3(evaporated: float, cycles: float, drift: float = 0.0) -> float:
    """Water to let go so that salts stay at so many times their share in the make-up.

    Parameters
    ----------
    evaporated, drift : float
        Volumes of the window; drift carries salts like blow-down. [m3]
    cycles : float
        Cycles of concentration, above 1. [-]

    Notes
    -----
    Salt balance: make-up = cycles (blow-down + drift), make-up = evaporation + blow-down + drift,
    so blow-down = evaporation / (cycles - 1) - drift.

    Examples
    --------
    >>> blow_down_m3(10.0, 3.0)
    5.0
    """
    if not cycles > 1.0:
        msg = f"cycles of concentration must be above 1, got {cycles}"
        raise ValueError(msg)
    return max(evaporated / (cycles - 1.0) - drift, 0.0)


def cycles_of_concentration(make_up_m3: float, blow_down: float, drift: float = 0.0) -> float:
    """Cycles from two water meters; infinite when nothing is let go. [-]

    Examples
    --------
    >>> cycles_of_concentration(15.0, 5.0)
    3.0
    """
    lost = blow_down + drift
    return make_up_m3 / lost if lost > 0.0 else float("inf")


class WaterVerdict(StrEnum):
    """What a make-up meter says against the heat."""

    PLAUSIBLE = "plausible"
    TOO_LITTLE = "too_little"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUpCheck:
    """Metered make-up against what the evaporated heat needs."""

    metered_m3: float
    expected_m3: float
    expanded_uncertainty_m3: float
    verdict: WaterVerdict


def check_make_up(
    metered_m3: float,
    metered_u_ratio: float,
    latent_heat_kwh: float,
    latent_u_ratio: float,
    *,
    surface_temp_degc: float,
    cycles: float,
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
    cycles : float
        Declared cycles of concentration. [-]

    Returns
    -------
    MakeUpCheck
        TOO_LITTLE is a by-passed or stopped meter; TOO_MUCH a leak, an open blow-down, or water
        for other uses.

    Examples
    --------
    >>> check_make_up(
    ...     3.0, 0.012, 1000.0, 0.05, surface_temp_degc=20.0, cycles=3.0
    ... ).verdict.value
    'too_much'
    """
    evaporated = float(evaporated_m3(np.array(latent_heat_kwh), np.array(surface_temp_degc)))
    expected = evaporated + blow_down_m3(evaporated, cycles)
    spread = 2.0 * float(np.hypot(metered_m3 * metered_u_ratio, expected * latent_u_ratio))
    verdict = WaterVerdict.PLAUSIBLE
    if metered_m3 - expected > spread:
        verdict = WaterVerdict.TOO_MUCH
    elif expected - metered_m3 > spread:
        verdict = WaterVerdict.TOO_LITTLE
    return MakeUpCheck(
        metered_m3=metered_m3,
        expected_m3=expected,
        expanded_uncertainty_m3=spread,
        verdict=verdict,
    )


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
