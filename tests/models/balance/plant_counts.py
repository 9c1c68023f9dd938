"""Hourly counts of the simulated site's meters, as registers and machines show them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.balance.increments import Increments
from models.balance.node import BalanceNode, electrical_nodes
from models.metering.uncertainty import (
    ElectricityAccuracy,
    HeatAccuracy,
    electricity_u_ratio,
    heat_u_ratio,
)
from models.readings import FloatArray
from models.site.site import Site
from service.site.loader import load_site
from simulators.plant import Plant

SITE_FILE = Path(__file__).parents[3] / "deploy/sites/chapelle-international.yaml"
HOUR_US = 3_600_000_000
_FINE = 12


@cache
def site() -> Site:
    return load_site(SITE_FILE, load_profiles(SHIPPED_PROFILES)).site


@cache
def nodes() -> tuple[BalanceNode, ...]:
    thermal = tuple(
        BalanceNode(
            name=node.id,
            inputs=node.inputs,
            outputs=node.outputs,
            loss_min_ratio=node.loss_min_ratio,
            loss_max_ratio=node.loss_max_ratio,
            scatter_ratio=node.scatter_ratio,
        )
        for node in site().thermal_nodes
    )
    return electrical_nodes(site().tree) + thermal


@cache
def names() -> tuple[str, ...]:
    return tuple(dict.fromkeys(m for node in nodes() for m in node.inputs + node.outputs))


def _u_ratio(name: str) -> float:
    if "." in name:
        return 0.017
    accuracy = site().tree.meters[name].accuracy
    if isinstance(accuracy, ElectricityAccuracy):
        return electricity_u_ratio(accuracy)
    assert isinstance(accuracy, HeatAccuracy)
    return heat_u_ratio(accuracy, 8.0, 0.6 * accuracy.qp_m3_per_h)


def _resolution(name: str) -> float:
    return 0.0 if "." in name else site().tree.meters[name].resolution


def hourly_kwh(seed: int, start: datetime, hours: int) -> FloatArray:
    """Counts of all meters, shape (meters, hours), with their errors and register steps."""
    plant = Plant(seed, start - timedelta(days=2))
    first = round(start.timestamp()) * 1_000_000
    hourly = plant.measured_values(first + np.arange(hours + 1) * HOUR_US)
    fine = plant.measured_values(first + np.arange(hours * _FINE + 1) * (HOUR_US // _FINE))
    rows = []
    for name in names():
        if "." in name:
            power = fine[name]
            rows.append((0.5 * (power[1:] + power[:-1])).reshape(-1, _FINE).mean(axis=1))
            continue
        level, step = hourly[site().tree.meters[name].point], _resolution(name)
        rows.append(np.diff(np.floor(level / step) * step if step else level))
    return np.array(rows)


def increments(value: FloatArray) -> Increments:
    return Increments(
        meters=names(),
        value=value,
        u_ratio=np.array([_u_ratio(name) for name in names()]),
        resolution=np.array([_resolution(name) for name in names()]),
        heat=np.array(["heat_meter" in name or "." in name for name in names()]),
    )


def row(name: str) -> int:
    return names().index(name)


MARCH = datetime(2025, 3, 1, tzinfo=UTC)
