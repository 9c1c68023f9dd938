"""All KPIs of registers by legal day of a year of 300 meters, against a bare difference and sum.

What is read are the first and the last reading of each hour, as the store gives them; each meter
has its own arrays of times and values.
"""

import statistics
import time
from dataclasses import replace
from datetime import UTC, date
from itertools import pairwise

import numpy as np

from models.kpi.cue import EmissionFactor, FactorScope
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import KPIS, is_given_for
from models.kpi.series import SHOWN, KpiSeries
from models.legal_time.days import day_start, days_from
from models.metering.sums import SiteSums
from models.metering.tree import Meter, MeterTree, RegisterFormat, Role, Serves
from models.metering.uncertainty import (
    Accuracy,
    CommonError,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
)
from models.readings import Window
from models.registers.samples import Samples
from models.site.declarations import Declarations
from models.site.site import Site, site_sums
from tests.bench.result import Result, result
from tests.models.kpi.small_site import IDENTITY

_ROUNDS = 15
_HOUR_US = 3_600_000_000
_FIRST, _UNTIL = date(2024, 1, 1), date(2025, 1, 1)
_GAPS_OF_EACH_METER = 4
_MODULUS_KWH = 1_000_000.0

_HEAT = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=60.0)
_CLASS_1 = ElectricityAccuracy(mpe_ratio=0.01, ct_mpe_ratio=0.005)
# Role, how many, accuracy, mean of one meter in an hour (kWh or m3): with the volume registers of
# the eight heat meters, 300 registers.
_FLEET: tuple[tuple[Role, int, Accuracy, float], ...] = (
    (Role.UTILITY_INTAKE, 2, ElectricityAccuracy(mpe_ratio=0.002, ct_mpe_ratio=0.002), 9500.0),
    (Role.PHOTOVOLTAIC, 2, _CLASS_1, 60.0),
    (Role.PDU, 236, _CLASS_1, 60.0),
    (Role.COOLING, 36, _CLASS_1, 45.0),
    (Role.HEAT_PUMP, 4, _CLASS_1, 200.0),
    (Role.HEAT_HANDOVER, 4, _HEAT, 900.0),
    (Role.HEAT_REMOVED, 4, _HEAT, 2400.0),
    (Role.POTABLE_WATER, 4, VolumeAccuracy(mpe_ratio=0.02, q2_m3_per_h=0.05), 0.4),
)
_M3_PER_H = 40.0
_IDENTITY = replace(
    IDENTITY, installed_it_power_kw=20_000.0, rated_it_power_kw=20_000.0, computer_room_area_m2=5e3
)
_FACTOR = EmissionFactor(
    kgco2e_per_kwh=0.0217,
    source="RTE, bilan 2024",
    vintage=2024,
    scope=FactorScope.DIRECT,
    u_ratio=0.05,
)


def _meters() -> dict[str, tuple[Meter, float]]:
    """The meters by id, each with what it counts in an hour."""
    found = {}
    for role, count, accuracy, mean in _FLEET:
        for number in range(count):
            name = f"{role.value}_{number}"
            heat = isinstance(accuracy, HeatAccuracy)
            meter = Meter(
                id=name,
                role=role,
                point=f"{name}.count",
                accuracy=accuracy,
                volume_point=f"{name}.volume" if heat else None,
                volume_format=RegisterFormat(modulus=_MODULUS_KWH),
                modulus=_MODULUS_KWH,
                max_rate_per_h=4.0 * mean,
                serves=Serves.REUSE_ONLY if role is Role.HEAT_PUMP else None,
                common_errors=(CommonError(name=role.value, mpe_ratio=0.003),),
            )
            found[name] = meter, mean
    return found


def _site(meters: dict[str, tuple[Meter, float]]) -> Site:
    return Site(
        identity=_IDENTITY,
        devices={},
        points={},
        tree=MeterTree(meter for meter, _ in meters.values()),
        bus_labels={},
        heat_pump_outputs=tuple(name for name in meters if name.startswith("heat_handover")),
        declared=Declarations(electricity_carbon=_FACTOR, renewables=()),
    )


def _registers(meters: dict[str, tuple[Meter, float]]) -> dict[str, Samples]:
    """A year of each register: a daily cycle, noise, gaps, rollovers; a new meter, some zeros."""
    rng = np.random.default_rng(4)
    start_us = int(day_start(_FIRST).timestamp()) * 1_000_000
    hours = round((day_start(_UNTIL) - day_start(_FIRST)).total_seconds() / 3600) + 2
    found: dict[str, Samples] = {}
    points = [(meter.point, mean) for meter, mean in meters.values()]
    points += [
        (meter.volume_point, _M3_PER_H) for meter, _ in meters.values() if meter.volume_point
    ]
    for row, (point, mean) in enumerate(points):
        phase_us = int(rng.integers(0, 9_000_000))
        edges_us = start_us + (np.arange(hours, dtype=np.int64) - 1) * _HOUR_US
        first_us = edges_us + phase_us
        last_us = edges_us + _HOUR_US - 10_000_000 + phase_us
        ts_us = np.stack([first_us, last_us], axis=1).ravel()
        day = 2.0 * np.pi * (ts_us - start_us) / (24.0 * _HOUR_US)
        kw = mean * (1.0 + 0.3 * np.sin(day)) * rng.uniform(0.8, 1.2, len(ts_us))
        gains = kw * np.diff(ts_us, prepend=ts_us[0]) / _HOUR_US
        value = (rng.uniform(0.0, 5e5) + np.cumsum(gains)) % _MODULUS_KWH
        if row == 10:
            value[9000:] = (value[9000:] - value[9000]) % _MODULUS_KWH
        if row == 11:
            value[rng.integers(1, len(value) - 1, 20)] = 0.0
        kept = np.ones(len(ts_us), dtype=bool)
        for at in rng.integers(0, len(ts_us), _GAPS_OF_EACH_METER):
            kept[at : at + rng.integers(1, 20)] = False
        found[point] = Samples(ts_us=ts_us[kept], value=value[kept])
    return found


def _days() -> list[Window]:
    edges = [day_start(day) for day in [*days_from(_FIRST, _UNTIL), _UNTIL]]
    return [
        Window(name=start.astimezone(UTC).date().isoformat(), start=start, end=end)
        for start, end in pairwise(edges)
    ]


def _bare(registers: dict[str, Samples]) -> float:
    """What no way of counting could do without: every time and value looked at once."""
    return sum(
        float(np.diff(one.ts_us).sum()) + float(np.diff(one.value).sum())
        for one in registers.values()
    )


def _all_kpis(
    site: Site, sums: SiteSums, registers: dict[str, Samples], days: list[Window]
) -> list[KpiSeries]:
    measured = Measurement(site, sums, SiteReadings(registers=registers), days)
    wanted = [one for one in KPIS.values() if one.sums and is_given_for(one, days[0])]
    return [series for kpi in wanted for series in kpi.produce(measured)]


def run() -> list[Result]:
    meters = _meters()
    site, registers, days = _site(meters), _registers(meters), _days()
    sums = site_sums(site)
    assert (len(registers), len(days)) == (300, 366)
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        _bare(registers)
        bare.append(time.process_time() - started)
        started = time.process_time()
        found = _all_kpis(site, sums, registers, days)
        ours.append(time.process_time() - started)
    shown = {one.kpi: float((one.withheld == SHOWN).mean()) for one in found}
    assert len(shown) == 15, shown
    assert all(share > 0.95 for share in shown.values()), shown
    return [
        result(
            "kpis",
            statistics.median(ours),
            "s of one core",
            statistics.median(bare),
            "numpy difference and sum of the times and values of the same 300 registers",
        )
    ]
