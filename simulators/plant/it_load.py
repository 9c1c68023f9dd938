"""What the servers draw, PDU by PDU.

Assumptions: ten air-cooled PDUs that share some 205 kW unevenly, with an office-hours hump,
quieter weekends, batch jobs on the nights of working days and slow growth that levels off;
two AI racks (pdu_06, pdu_12) of 18-30 kW each, in jobs of under an hour with short ramps.
Together 220-290 kW of the 420 kW the site is rated for.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.grid import Nodes, ramp
from simulators.plant.randomness import constant, smooth, uniform
from simulators.plant.signals import AI_PDUS, OUTLETS, PDUS
from simulators.plant.variant import Variant

RATED_IT_KW: Final = 420.0
_AIR_KW: Final = 202.0
_GROWTH_RATIO: Final = 0.05
_GROWTH_HOURS: Final = 2.0 * 8766.0
_GROWTH_FROM_H: Final = 482_136.0  # 1 January 2025, when the present racks were in place
_HOURS: Final = np.arange(0.0, 25.0, 3.0)
_WORKDAY: Final = np.array([0.94, 0.93, 0.95, 1.04, 1.06, 1.065, 1.03, 0.98, 0.94])
_WEEKEND: Final = np.array([0.94, 0.93, 0.93, 0.945, 0.95, 0.955, 0.96, 0.95, 0.94])
_JOB_H: Final = 0.75
_AI_LOW_KW: Final = 18.0
_AI_HIGH_KW: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ItLoad:
    """Power per PDU (rows in the order of the PDUs) and per outlet of the AI racks."""

    pdu_kw: FloatArray
    outlet_rows: dict[str, FloatArray]

    @property
    def total_kw(self) -> FloatArray:
        """Sum of the PDUs: E_IT, category 2."""
        return np.asarray(self.pdu_kw.sum(axis=0))

    @property
    def ai_kw(self) -> FloatArray:
        """The two AI racks."""
        return np.asarray(self.pdu_kw[5] + self.pdu_kw[11])

    def rows(self) -> dict[str, FloatArray]:
        """One row per PDU and per metered outlet."""
        powers = {f"{d}.active_power_kw": p for d, p in zip(PDUS, self.pdu_kw, strict=True)}
        return powers | self.outlet_rows


def it_load(seed: int, nodes: Nodes, variant: Variant) -> ItLoad:
    """Load at the nodes."""
    air_kw = _AIR_KW * variant.air_it_ratio * _air_shape(seed, nodes)
    weights = np.array([1.0 + 0.3 * constant(seed, f"it/weight/{d}") for d in PDUS])
    weights[[PDUS.index(d) for d in AI_PDUS]] = 0.0
    pdu_kw = np.outer(weights / weights.sum(), air_kw)
    for row, device in enumerate(PDUS):
        if device in AI_PDUS:
            pdu_kw[row] = variant.ai_ratio * _ai_kw(seed, device, nodes)
        else:
            pdu_kw[row] *= _flutter(seed, device, nodes)
    outlets = [_outlet_rows(seed, d, pdu_kw[PDUS.index(d)], nodes) for d in AI_PDUS]
    return ItLoad(pdu_kw=pdu_kw, outlet_rows=outlets[0] | outlets[1])


def _air_shape(seed: int, nodes: Nodes) -> FloatArray:
    hour = nodes.local_hour
    weekend = nodes.is_weekend
    course = (1.0 - weekend) * np.interp(hour, _HOURS, _WORKDAY)
    course = course + weekend * np.interp(hour, _HOURS, _WEEKEND)
    size = 0.02 + 0.07 * uniform(seed, "it/batch", nodes.local_day)
    batch = (1.0 - weekend) * size * ramp(hour, 0.5, 1.0) * ramp(hour, 4.75, 4.0)
    growth = _GROWTH_RATIO * (1.0 - np.exp((_GROWTH_FROM_H - nodes.hours) / _GROWTH_HOURS))
    drift = 0.012 * smooth(seed, "it/drift", nodes.hours, 60.0)
    return np.asarray((course + batch) * (1.0 + np.maximum(growth, 0.0) + drift))


def _flutter(seed: int, device: str, nodes: Nodes) -> FloatArray:
    slow = smooth(seed, f"it/{device}/slow", nodes.hours, 7.0)
    fast = smooth(seed, f"it/{device}/fast", nodes.hours, 0.15)
    return np.asarray(1.0 + 0.02 * slow + 0.009 * fast)


def _ai_kw(seed: int, device: str, nodes: Nodes) -> FloatArray:
    """Jobs of one slot each; the last fifth of a slot is the ramp to the next."""
    position = nodes.hours / _JOB_H + constant(seed, f"it/{device}/phase")
    slot = np.floor(position).astype(np.int64)
    into_next = ramp(position - slot, 0.8, 1.0)
    here = uniform(seed, f"it/{device}/job", slot)
    following = uniform(seed, f"it/{device}/job", slot + 1)
    level = ramp(here + (following - here) * into_next, 0.1, 0.9)
    fast = 0.5 * smooth(seed, f"it/{device}/fast", nodes.hours, 0.12)
    power = _AI_LOW_KW + (_AI_HIGH_KW - _AI_LOW_KW) * level + fast
    return np.asarray(np.clip(power, _AI_LOW_KW, _AI_HIGH_KW))


def _outlet_rows(
    seed: int, device: str, power_kw: FloatArray, nodes: Nodes
) -> dict[str, FloatArray]:
    shares = np.stack(
        [
            1.0
            + 0.25 * constant(seed, f"it/{device}/{outlet}")
            + 0.04 * smooth(seed, f"it/{device}/{outlet}/flutter", nodes.hours, 0.6)
            for outlet in OUTLETS
        ]
    )
    powers = power_kw * shares / shares.sum(axis=0)
    return {f"{device}.{name}": row for name, row in zip(OUTLETS, powers, strict=True)}
