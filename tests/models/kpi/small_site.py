"""A site of a few meters, and what was read of it, for the tests of the KPIs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import KPIS
from models.kpi.result import KpiResult
from models.legal_time.days import to_us
from models.metering.tree import Meter, MeterTree, Role
from models.metering.uncertainty import Accuracy, ElectricityAccuracy
from models.quantities import Quantity
from models.readings import FloatArray, IntArray, Window
from models.registers.samples import Samples, samples_of
from models.site.devices import SitePoint
from models.site.identity import Identity, Redundancy
from models.site.site import Site, site_sums

HOUR_US = 3_600_000_000
MINUTE_US = HOUR_US // 60
START = datetime(2026, 1, 5, tzinfo=UTC)
START_US = to_us(START)
CLASS_05 = ElectricityAccuracy(mpe_ratio=0.005)

IDENTITY = Identity(
    id="test",
    name="Test",
    operator="Test",
    public_operator=False,
    siret=None,
    address="1 rue de la Boucle",
    postcode="75018",
    city="Paris",
    latitude_deg=48.9,
    longitude_deg=2.4,
    entry_into_operation=date(2020, 1, 1),
    floor_area_m2=1000.0,
    computer_room_area_m2=500.0,
    installed_it_power_kw=500.0,
    rated_it_power_kw=400.0,
    zone="UF",
    redundancy=Redundancy(electrical="N+1", cooling="N+1"),
    noise_regime="public_health_code",
    icpe_regime=None,
    total_rated_input_kw=None,
    ai_share=None,
    charter="none",
    simulated=True,
    notes="",
)


def meter(
    name: str,
    role: Role,
    inside: str | None = None,
    accuracy: Accuracy = CLASS_05,
    **more: Any,
) -> Meter:
    """A meter that misses nothing below its starting rate, unless it is told to."""
    return Meter(
        id=name,
        role=role,
        point=f"{name}.energy",
        inside=inside,
        accuracy=accuracy,
        **({"starting_rate_per_h": 0.0} | more),
    )


INTAKE = meter("intake", Role.UTILITY_INTAKE, max_rate_per_h=400.0, power_point="intake.power")
UPS = meter("ups", Role.UPS_OUTPUT, "intake", max_rate_per_h=300.0, power_point="ups.power")


def site_of(
    *meters: Meter, buses: Sequence[str] = (), complete: Sequence[str] = (), **more: Any
) -> Site:
    keys = dict.fromkeys(more.pop("points", ()))
    points = {
        key: SitePoint(
            key=key,
            device=key.partition(".")[0],
            name=key.partition(".")[2],
            quantity=Quantity.TEMPERATURE,
            unit="degC",
            kind="gauge",
            poll_s=10.0,
        )
        for key in keys
    }
    return Site(
        identity=IDENTITY,
        devices={},
        points=points,
        tree=MeterTree(meters, buses, complete_buses=complete),
        bus_labels={},
        **more,
    )


PLAIN = site_of(INTAKE, UPS)


def window(hours: float, start: datetime = START, name: str = "explicit") -> Window:
    return Window(name=name, start=start, end=start + timedelta(hours=hours))


def every(hours: float, count: int, first_h: float = 0.0) -> IntArray:
    """Instants at one distance, from some hours after the start. [us]"""
    return np.asarray(START_US + np.round((first_h + hours * np.arange(count)) * HOUR_US), np.int64)


def at_hours(hours: Sequence[float]) -> IntArray:
    return np.asarray(START_US + np.round(np.array(hours) * HOUR_US), np.int64)


def shown(ts_us: IntArray, value: FloatArray | Sequence[float]) -> Samples:
    return samples_of(ts_us, np.array(value, dtype=float))


def steady(ts_us: IntArray, kw: float, index: float = 1000.0) -> Samples:
    """A register that counts evenly."""
    return shown(ts_us, index + kw * (ts_us - START_US) / HOUR_US)


def measured(
    site: Site,
    registers: Mapping[str, Samples],
    windows: Sequence[Window],
    **readings: Any,
) -> Measurement:
    return Measurement(
        site, site_sums(site), SiteReadings(registers=registers, **readings), windows
    )


def results(measurement: Measurement, kpi: str) -> list[KpiResult]:
    """One KPI of every period."""
    (series,) = KPIS[kpi].produce(measurement)
    return series.results(measurement.windows)


def one_result(measurement: Measurement, kpi: str) -> KpiResult:
    (result,) = results(measurement, kpi)
    return result


def known(result: KpiResult) -> tuple[float, float]:
    """Value and expanded uncertainty of a result that has both."""
    assert result.value is not None, result.withheld
    assert result.expanded_uncertainty is not None
    return result.value, result.expanded_uncertainty


def holds(result: KpiResult, truth: float) -> bool:
    value, expanded = known(result)
    return abs(value - truth) <= expanded


def flags(result: KpiResult) -> set[str]:
    return {one.value for one in result.flags}


def doubts(result: KpiResult) -> set[tuple[str, str]]:
    return {(one.meter, one.reason.value) for one in result.doubts}


def merged(*parts: Iterable[float]) -> FloatArray:
    return np.concatenate([np.array(list(one), dtype=float) for one in parts])
