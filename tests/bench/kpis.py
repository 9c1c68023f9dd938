"""Nine KPIs by day of a year of minutes of 200 meters, against a bare sum of the same arrays."""

import statistics
import time
from datetime import UTC, datetime

import numpy as np

from models.daily.kpis import DailyKpis, SiteSums
from models.daily.scan import RegisterGrid, legal_day_edges
from models.kpi.cue import EmissionFactor, EnergyCarrier, FactorScope
from models.metering.tree import ItBoundary, Meter, Role, SignedMeters
from models.metering.uncertainty import (
    Accuracy,
    CommonError,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
)
from models.readings import FloatArray
from tests.bench.result import Result, result

_MINUTES = 525_600
_ROUNDS = 3
_START = datetime(2024, 12, 31, 23, tzinfo=UTC)  # midnight in Paris
_GAPS_OF_EACH_METER = 8
_MODULUS_KWH = 1_000_000.0

_HEAT = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=60.0)
_CLASS_1 = ElectricityAccuracy(mpe_ratio=0.01, ct_mpe_ratio=0.005)
# Role, how many, accuracy, mean of one meter in an hour (kWh or m3): 200 meters, and beside them
# the volume registers of the eight heat meters.
_FLEET: tuple[tuple[Role, int, Accuracy, float], ...] = (
    (Role.UTILITY_INTAKE, 2, ElectricityAccuracy(mpe_ratio=0.002, ct_mpe_ratio=0.002), 6500.0),
    (Role.PHOTOVOLTAIC, 2, _CLASS_1, 60.0),
    (Role.PDU, 148, _CLASS_1, 70.0),
    (Role.COOLING, 36, _CLASS_1, 45.0),
    (Role.HEAT_HANDOVER, 4, _HEAT, 900.0),
    (Role.HEAT_REMOVED, 4, _HEAT, 2400.0),
    (Role.POTABLE_WATER, 4, VolumeAccuracy(mpe_ratio=0.02, q2_m3_per_h=0.05), 0.4),
)


def _meters() -> tuple[list[Meter], list[float]]:
    meters, means = [], []
    for role, count, accuracy, mean in _FLEET:
        for number in range(count):
            name = f"{role.value}_{number}"
            heat = isinstance(accuracy, HeatAccuracy)
            meters.append(
                Meter(
                    id=name,
                    role=role,
                    point=name,
                    accuracy=accuracy,
                    volume_point=f"{name}_m3" if heat else None,
                    modulus=_MODULUS_KWH,
                    max_rate_per_h=4.0 * mean,
                    common_errors=(CommonError(name=role.value, mpe_ratio=0.003),),
                )
            )
            means.append(mean)
    return meters, means


def _registers(means: list[float]) -> FloatArray:
    """A year of registers: a daily cycle, noise, gaps, rollovers, a new meter, glitches."""
    rng = np.random.default_rng(4)
    minute = np.arange(_MINUTES + 1)
    cycle = (1.0 + 0.3 * np.sin(2.0 * np.pi * minute / 1440.0)) / 60.0
    value = np.empty((len(means), _MINUTES + 1))
    for row, mean in enumerate(means):
        steps = mean * cycle * rng.uniform(0.8, 1.2, _MINUTES + 1)
        value[row] = (rng.uniform(0.0, 5e5) + np.cumsum(steps)) % _MODULUS_KWH
        for at in rng.integers(0, _MINUTES, _GAPS_OF_EACH_METER):
            value[row, at : at + rng.integers(1, 600)] = np.nan
    value[10, 200_000:] -= value[10, 200_000]
    value[11, rng.integers(0, _MINUTES, 20)] = 0.0
    return value


def _sums(meters: list[Meter]) -> SiteSums:
    def of(role: Role) -> SignedMeters:
        return SignedMeters(plus=tuple(m.id for m in meters if m.role is role))

    factor = EmissionFactor(
        kgco2e_per_kwh=0.0217,
        source="RTE, bilan 2024",
        vintage=2024,
        scope=FactorScope.DIRECT,
        u_ratio=0.05,
    )
    return SiteSums(
        facility=SignedMeters(
            plus=of(Role.UTILITY_INTAKE).plus + of(Role.PHOTOVOLTAIC).plus,
        ),
        it=ItBoundary(category=2, meters=of(Role.PDU)),
        reused=of(Role.HEAT_HANDOVER),
        heat_removed=of(Role.HEAT_REMOVED),
        cooling=of(Role.COOLING),
        water=of(Role.POTABLE_WATER),
        renewable=of(Role.PHOTOVOLTAIC),
        rated_it_kw=14_000.0,
        carriers=(EnergyCarrier(name="grid", meters=of(Role.UTILITY_INTAKE), factor=factor),),
    )


def run() -> list[Result]:
    meters, means = _meters()
    with_volume = [m.id for m in meters if m.volume_point is not None]
    value = _registers([*means, *(100.0 for _ in with_volume)])
    start_us = int(_START.timestamp()) * 1_000_000
    edges_us = start_us + np.arange(_MINUTES + 1, dtype=np.int64) * 60_000_000
    sums = _sums(meters)
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        value.sum()
        bare.append(time.process_time() - started)
        started = time.process_time()
        grid = RegisterGrid(
            edges_us=edges_us,
            value=value,
            day_edge=legal_day_edges(edges_us),
            modulus=tuple(_MODULUS_KWH for _ in value),
            max_rate_per_h=tuple([m.max_rate_per_h for m in meters] + [400.0] * len(with_volume)),
        )
        volumes = {name: len(meters) + n for n, name in enumerate(with_volume)}
        kpis = DailyKpis(sums, meters, grid, volumes).all()
        ours.append(time.process_time() - started)
        assert len(kpis) == 9
        assert all(np.isfinite(one.value).mean() > 0.8 for one in kpis.values())
    return [
        result(
            "kpis",
            statistics.median(ours),
            "s of one core",
            statistics.median(bare),
            f"numpy sum of the same {len(value)} registers over a year of minutes",
        )
    ]
