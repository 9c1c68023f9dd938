"""Every KPI against figures that come from elsewhere; and no KPI without such a figure."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.kpi.carbon_avoided import CARBON_AVOIDED, FactorRange
from models.kpi.cue import CUE_LOCATION, EmissionFactor, EnergyCarrier, FactorScope
from models.kpi.load_factor import LOAD_FACTOR
from models.kpi.measurement import Measurement
from models.kpi.pue import PueExclHeatUpgrade
from models.kpi.pue_part_load import PUE_AT_25_PERCENT_LOAD, LoadCurve
from models.kpi.ratio import RatioKpi
from models.kpi.ref import REF, RenewableEnergy, RenewableKind
from models.kpi.registry import KPIS, declared
from models.kpi.result import KpiResult
from models.kpi.series import KpiSeries
from models.kpi.thermal_envelope import AIR_CLASSES, air_ranges, liquid_ranges
from models.kpi.total import TotalKpi
from models.kpi.totals import MeteredTotals, totals_of
from models.kpi.trajectory import CITY_TRAJECTORY, TRAJECTORY_RATIO, BaseYear
from models.legal_time.days import day_start
from models.legal_time.nights import day_hours, night_before
from models.metering.tree import Role, SignedMeters
from models.readings import Window
from models.registers.gauges import GaugeTotals, ValueRange, gauge_totals
from models.registers.periods import Periods
from models.site.declarations import Declarations, DeclaredFigure
from models.site.envelope import AirEnvelope, Envelope, LiquidEnvelope
from models.site.noise import NoiseMonitoring, NoisePoint
from tests.models.kpi.small_site import HOUR_US, every, measured, meter, shown, site_of
from tests.models.kpi.small_site import window as window_of

ORACLES = Path(__file__).parents[2] / "oracles"
RELIABILITIES = {"S", "S2", "B", "D"}
YEAR = Window(
    name="year", start=datetime(2025, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 1, tzinfo=UTC)
)

Case = dict[str, Any]


def one(name: str) -> SignedMeters:
    return SignedMeters(plus=(name,))


def totals(case: Case, **more: float) -> MeteredTotals:
    """A year, in which each meter is a sum of its own unless the case says better."""
    found = totals_of({name: (total, u) for name, (total, u) in case["meters"].items()}, **more)
    made = {name: SignedMeters(plus=tuple(ids)) for name, ids in case.get("sums", {}).items()}
    return replace(found, sums={**found.sums, **made})


def of_totals(kpi: str, case: Case) -> KpiSeries:
    found = KPIS[kpi]
    assert isinstance(found, RatioKpi | TotalKpi)
    return found.of(totals(case))


def of_ref(kpi: str, case: Case) -> KpiSeries:
    origins = [
        RenewableEnergy(
            name=name,
            kind=RenewableKind(kind),
            attributes_retired=retired,
            energy_kwh=energy_kwh,
            evidence=evidence,
        )
        for name, kind, retired, energy_kwh, evidence in case["renewables"]
    ]
    return REF.of_origins(totals(case), origins)


def of_cue(kpi: str, case: Case) -> KpiSeries:
    carriers = [
        EnergyCarrier(
            name=name,
            meters=one(meter_id),
            kwh_per_unit=kwh_per_unit,
            factor=EmissionFactor(
                kgco2e_per_kwh=factor, source="oracle", vintage=2024, scope=FactorScope.DIRECT
            ),
        )
        for name, meter_id, factor, kwh_per_unit in case["carriers"]
    ]
    return CUE_LOCATION.of_carriers(totals(case), carriers)


def of_carbon(kpi: str, case: Case) -> KpiSeries:
    displaced, electricity = (
        FactorRange(
            name=name,
            low_kgco2e_per_kwh=case[name][0],
            high_kgco2e_per_kwh=case[name][1],
            source="oracle",
            vintage=2024,
        )
        for name in ("displaced", "electricity")
    )
    end = CARBON_AVOIDED[kpi.rpartition("_")[2]]
    return end.between(totals(case), displaced, electricity)


def of_trajectory(kpi: str, case: Case) -> KpiSeries:
    year, energy_kwh, u_kwh = case["base"]
    return TRAJECTORY_RATIO.from_base(
        totals(case),
        CITY_TRAJECTORY,
        BaseYear(year=year, energy_kwh=energy_kwh, u_kwh=u_kwh),
        np.array([float(case["year"])]),
    )


def of_load_factor(kpi: str, case: Case) -> KpiSeries:
    return LOAD_FACTOR.at_rating(totals(case), rated_it_kw=case["rated_it_kw"])


def of_part_load(kpi: str, case: Case) -> KpiSeries:
    facility, it = (np.array(case[name], dtype=float) for name in ("facility", "it"))
    hours = len(it)
    curve = LoadCurve(facility_kwh=facility, it_kwh=it, rated_it_kw=case["rated_it_kw"])
    whole = totals_of({"facility": facility.sum(), "it": it.sum()}, hours=hours)
    return PUE_AT_25_PERCENT_LOAD.of_hours(curve, whole, np.array([0]), np.array([hours]))


def hourly(values: list[float], ranges: tuple[ValueRange, ...] = ()) -> GaugeTotals:
    ts_us = every(1.0, len(values) + 1)
    return gauge_totals(shown(ts_us[:-1], values), Periods.between(ts_us), ranges, hold_us=HOUR_US)


def of_gauges(
    site: Any, gauges: dict[str, GaugeTotals], hours: float, **registers: Any
) -> Measurement:
    return measured(site, registers, [window_of(hours)], gauges=gauges)


def air(case: Case, air_class: str) -> Measurement:
    inlets = tuple(f"inlet_{n}.temp" for n in range(len(case["temps"])))
    ranges = air_ranges(AIR_CLASSES[air_class], sensor_u_k=0.1)
    site = site_of(
        envelope=Envelope(
            air=AirEnvelope(air_class=AIR_CLASSES[air_class], inlets=inlets, sensor_u_k=0.1)
        )
    )
    gauges = {key: hourly(temps, ranges) for key, temps in zip(inlets, case["temps"], strict=True)}
    return of_gauges(site, gauges, len(case["temps"][0]))


def of_inlets(kpi: str, case: Case) -> KpiSeries:
    return produced(kpi, air(case, case.get("class", "A1")))


def of_liquid(kpi: str, case: Case) -> KpiSeries:
    liquid = LiquidEnvelope(liquid_class=case["class"], supply="cdu.temp", sensor_u_k=0.1)
    (temps,) = case["temps"]
    gauges = {"cdu.temp": hourly(temps, liquid_ranges(case["class"], sensor_u_k=0.1))}
    return produced(kpi, of_gauges(site_of(envelope=Envelope(liquid=liquid)), gauges, len(temps)))


def of_degree_days(kpi: str, case: Case) -> KpiSeries:
    """Every day at its mean, read by the hour, over the whole legal days of a period."""
    days = case["days"]
    first = date(2026, 7, 1)
    edges = [day_start(first + timedelta(days=n)) for n in range(len(days) + 1)]
    hours = [(edge - edges[0]).total_seconds() / 3600.0 for edge in edges]
    start_us = int(edges[0].timestamp()) * 1_000_000
    ts_us = start_us + np.arange(int(hours[-1]) + 1, dtype=np.int64) * HOUR_US
    gauge = gauge_totals(
        shown(ts_us[:-1], np.repeat(days, 24)), Periods.between(ts_us), hold_us=HOUR_US
    )
    site = site_of(outdoor_device="roof", points=["roof.outdoor_temp_degc"])
    whole = Window(name="month", start=edges[0], end=edges[-1])
    return produced(kpi, measured(site, {}, [whole], gauges={"roof.outdoor_temp_degc": gauge}))


def of_delivered(kpi: str, case: Case) -> KpiSeries:
    count = len(case["heat"])
    meters = [meter(f"taker_{n}", Role.HEAT_HANDOVER) for n in range(count)]
    keys = [f"taker_{n}.supply_temp_degc" for n in range(count)]
    hours = len(case["heat"][0])
    registers = {
        one_.point: shown(every(1.0, hours + 1), np.concatenate([[0.0], np.cumsum(heat)]))
        for one_, heat in zip(meters, case["heat"], strict=True)
    }
    gauges = {key: hourly(temps) for key, temps in zip(keys, case["supply"], strict=True)}
    return produced(
        kpi,
        measured(site_of(*meters, points=keys), registers, [window_of(hours)], gauges=gauges),
    )


def of_noise(kpi: str, case: Case) -> KpiSeries:
    """The ambient level is the energy sum of residual level and plant."""
    ambient = 10.0 * np.log10(sum(10.0 ** (case[name] / 10.0) for name in ("residual", "plant")))
    point = NoisePoint(
        id="east",
        label_fr="est",
        label_en="east",
        level="east.laeq",
        residual_day_dba=case["residual"],
        residual_night_dba=case["residual"],
        residual_u_db=1.0,
        ambient_u_db=1.0,
        provenance="oracle",
        measured_on=date(2025, 6, 1),
    )
    day = date(2026, 1, 6)
    legal = night_before(day) if kpi.endswith("night") else day_hours(day)
    ts_us = every(1 / 6, 6 * 24 * 3)
    levels = {
        "east.laeq": shown(ts_us, np.full(len(ts_us), ambient)),
        "mast.wind": shown(ts_us, np.zeros(len(ts_us))),
    }
    site = site_of(noise=NoiseMonitoring(wind="mast.wind", points=(point,)))
    return produced(kpi, measured(site, {}, [legal], levels=levels))


def produced(kpi: str, measurement: Measurement) -> KpiSeries:
    (series,) = KPIS[kpi].produce(measurement)
    return series


def of_declared(kpi: str, case: Case) -> KpiResult:
    figure = DeclaredFigure(
        kpi=kpi,
        value=case["declared"],
        expanded_uncertainty=case.get("u"),
        year=case["year"],
        source="oracle",
    )
    (result,) = declared(Declarations(figures=(figure,)))
    return result


Runner = Callable[[str, Case], KpiSeries | KpiResult]

PLAIN = {RatioKpi, PueExclHeatUpgrade, TotalKpi}
RUNNERS: dict[str, Runner] = {
    **{
        kpi.id: of_totals
        for kpi in KPIS.values()
        if type(kpi) in {RatioKpi, PueExclHeatUpgrade, TotalKpi}
    },
    "ref": of_ref,
    "cue_location": of_cue,
    "carbon_avoided_low": of_carbon,
    "carbon_avoided_high": of_carbon,
    "trajectory_ratio": of_trajectory,
    "load_factor": of_load_factor,
    "pue_at_25_percent_load": of_part_load,
    "inlet_air_temp": of_inlets,
    "supply_air_compliance": of_inlets,
    "liquid_supply_compliance": of_liquid,
    "cooling_degree_days": of_degree_days,
    "delivered_temperature": of_delivered,
    "noise_emergence_day": of_noise,
    "noise_emergence_night": of_noise,
    "noise_boundary_day": of_noise,
    "noise_boundary_night": of_noise,
    "itee_sv": of_declared,
    "iteu_sv": of_declared,
    "refrigerant_gwp": of_declared,
}


def oracle_cases() -> Iterator[Case]:
    for path in sorted(ORACLES.glob("kpi_*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))["cases"]


def test_every_kpi_has_an_oracle() -> None:
    missing = set(KPIS) - {case["kpi"] for case in oracle_cases()}

    assert not missing, f"add a case with its source to tests/oracles/kpi_*.json: {missing}"


def test_every_oracle_names_a_kpi_and_its_source() -> None:
    for case in oracle_cases():
        assert case["kpi"] in KPIS, case["id"]
        assert case["kpi"] in RUNNERS, f"{case['id']}: no runner in {Path(__file__).name}"
        assert len(case["source"]) > 10, case["id"]
        assert case["reliability"] in RELIABILITIES, case["id"]


@pytest.mark.parametrize("case", list(oracle_cases()), ids=lambda case: str(case["id"]))
def test_a_kpi_gives_what_its_oracle_says(case: Case) -> None:
    found = RUNNERS[case["kpi"]](case["kpi"], case["inputs"])
    result = found if isinstance(found, KpiResult) else found.result(0, YEAR)
    expected = case["expected"]

    assert (result.kpi, result.unit) == (case["kpi"], KPIS[case["kpi"]].unit)
    assert result.withheld is None
    assert result.value == pytest.approx(expected["value"], abs=expected["tolerance"])
    if "expanded_uncertainty" in expected:
        assert result.expanded_uncertainty == pytest.approx(
            expected["expanded_uncertainty"], abs=expected["u_tolerance"]
        )
