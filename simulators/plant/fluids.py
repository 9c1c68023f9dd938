"""Density and heat capacity of water, as the heat meters of the simulated site use them.

The site's circuits carry water (an assumption: the glycol of the dry-cooler circuit is
behind an exchanger and not metered). Correlations of this module's own, so that an error in
Boucle's physics cannot cancel itself in the simulator.
"""

from typing import Final

import numpy as np

from models.readings import FloatArray

_S_PER_H: Final = 3600.0
_RETURN_STEPS: Final = 6  # each step divides the error by about a hundred


def density_kg_per_m3(temp_degc: FloatArray) -> FloatArray:
    """Kell (1975), J. Chem. Eng. Data 20(1), eq. 16; 0-150 degC at one atmosphere."""
    t = temp_degc
    top = 999.83952 + t * (
        16.945176
        + t * (-7.9870401e-3 + t * (-46.170461e-6 + t * (105.56302e-9 - t * 280.54253e-12)))
    )
    return np.asarray(top / (1.0 + 16.879850e-3 * t))


def heat_capacity_kj_per_kg_k(temp_degc: FloatArray) -> FloatArray:
    """Popiel and Wojtkowiak (1998), Heat Transfer Eng. 19(3); 0-150 degC."""
    t = np.maximum(temp_degc, 0.0)
    root = np.sqrt(t)
    return np.asarray(
        4.2174356
        + t * (-0.0056181625 + 0.0012992528 * root - 0.00011535353 * t + 4.14964e-6 * t * root)
    )


def heat_coefficient_kwh_per_m3_k(hot_degc: FloatArray, cold_degc: FloatArray) -> FloatArray:
    """Heat per volume and kelvin, flow sensor in the cold pipe (as EN 1434 defines k)."""
    mean = 0.5 * (hot_degc + cold_degc)
    heat = density_kg_per_m3(cold_degc) * heat_capacity_kj_per_kg_k(mean)
    return np.asarray(heat / _S_PER_H)


def flow_m3_per_h(heat_kw: FloatArray, hot_degc: FloatArray, cold_degc: FloatArray) -> FloatArray:
    """Flow that carries the heat between the two temperatures."""
    coefficient = heat_coefficient_kwh_per_m3_k(hot_degc, cold_degc)
    return np.asarray(heat_kw / (coefficient * (hot_degc - cold_degc)))


def cold_degc(heat_kw: FloatArray, flow: FloatArray, hot_degc: FloatArray) -> FloatArray:
    """Temperature of the cold pipe, from heat, flow in m3/h and the hot one.

    A standing circuit has no temperature difference.
    """
    is_flowing = flow > 1e-9
    specific = np.where(is_flowing, heat_kw / np.where(is_flowing, flow, 1.0), 0.0)
    cold = hot_degc - specific / 1.16
    for _ in range(_RETURN_STEPS):
        cold = hot_degc - specific / heat_coefficient_kwh_per_m3_k(hot_degc, cold)
    return np.asarray(cold)
