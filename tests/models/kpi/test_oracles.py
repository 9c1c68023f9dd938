"""Every KPI against figures that come from elsewhere; and no KPI without such a figure."""

import ast
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.kpi import carbon_avoided as carbon
from models.kpi import cue as cue_module
from models.kpi.carriers import FINAL_ENERGY, GREEN_GRID_2010, Carrier, pue_all_carriers
from models.kpi.cer import cer
from models.kpi.cooling_degree_days import cooling_degree_days
from models.kpi.delivered_temperature import delivered_temperature
from models.kpi.ere import ere
from models.kpi.erf import erf
from models.kpi.facility_energy import facility_energy
from models.kpi.inlet_air_temp import inlet_air_temp
from models.kpi.load_factor import LoadCurve, load_factor, pue_at_load
from models.kpi.metered import MeteredTotals
from models.kpi.noise import ResidualLevel, noise_emergence
from models.kpi.pue import pue, pue_excluding_heat_upgrade
from models.kpi.recovered_heat import recovered_heat
from models.kpi.ref import RenewableEnergy, RenewableKind, ref
from models.kpi.result import KpiResult
from models.kpi.seasonal_factor import seasonal_factor
from models.kpi.thermal_envelope import (
    AIR_CLASSES,
    air_ranges,
    liquid_ranges,
    liquid_supply_compliance,
    supply_air_compliance,
)
from models.kpi.trajectory import BaseYear, trajectory_ratio
from models.kpi.wue import wue, wue_fresh, wue_potable
from models.metering.tree import ItBoundary, SignedMeters
from models.readings import FloatArray, Origin, Window
from models.registers.gauges import GaugeTotals, ValueRange, gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples

ROOT = Path(__file__).parents[3]
KPI_FOLDER = ROOT / "models" / "kpi"
ORACLES = ROOT / "tests" / "oracles"
HOUR_US = 3_600_000_000
RELIABILITIES = {"S", "S2", "B", "D"}

Case = dict[str, Any]


def year_of(number: int) -> Window:
    return Window(
        name=str(number),
        start=datetime(number, 1, 1, tzinfo=UTC),
        end=datetime(number + 1, 1, 1, tzinfo=UTC),
    )


def hours(count: int) -> Window:
    start = datetime(2025, 7, 1, tzinfo=UTC)
    return Window(name="hours", start=start, end=start + timedelta(hours=count))


def one(meter: str) -> SignedMeters:
    return SignedMeters(plus=(meter,))


IT = ItBoundary(category=1, meters=one("it"))


def totals(case: Case) -> MeteredTotals:
    meters: dict[str, list[float]] = case["meters"]
    return MeteredTotals(
        window=year_of(case.get("start_year", 2025)),
        meters=tuple(meters),
        total=np.array([total for total, _ in meters.values()], dtype=float),
        u=np.array([u for _, u in meters.values()], dtype=float),
        coverage_ratio=1.0,
        bridged_ratio=0.0,
        origin=Origin.DECLARED,
    )


def floats(values: list[Any]) -> FloatArray:
    return np.array(values, dtype=float)


def run_ref(case: Case) -> KpiResult:
    renewables = [
        RenewableEnergy(
            name=name,
            kind=RenewableKind(kind),
            attributes_retired=retired,
            energy_kwh=energy_kwh,
            evidence=evidence,
        )
        for name, kind, retired, energy_kwh, evidence in case["renewables"]
    ]
    return ref(totals(case), one("dc"), renewables)


def run_cue(case: Case) -> KpiResult:
    carriers = [
        cue_module.EnergyCarrier(
            name=name,
            meters=one(meter),
            kwh_per_unit=kwh_per_unit,
            factor=cue_module.EmissionFactor(
                kgco2e_per_kwh=factor,
                source="oracle",
                vintage=2024,
                scope=cue_module.FactorScope.DIRECT,
            ),
        )
        for name, meter, factor, kwh_per_unit in case["carriers"]
    ]
    return cue_module.cue(totals(case), carriers, IT, cue_module.CarbonMethod.LOCATION)


def run_carriers(case: Case) -> KpiResult:
    carriers = [
        Carrier(
            name=name,
            form=form,
            meters=one(meter),
            kwh_per_unit=kwh_per_unit,
            supplier_factor=factor,
            source="" if factor is None else "oracle",
        )
        for name, form, meter, kwh_per_unit, factor in case["carriers"]
    ]
    scheme = {"final": FINAL_ENERGY, "green": GREEN_GRID_2010}[case["scheme"]]
    return pue_all_carriers(totals(case), carriers, IT, scheme)


def run_carbon(case: Case) -> carbon.CarbonAvoided:
    displaced, electricity = (
        carbon.FactorRange(
            name=name,
            low_kgco2e_per_kwh=case[name][0],
            high_kgco2e_per_kwh=case[name][1],
            source="oracle",
            vintage=2024,
        )
        for name in ("displaced", "electricity")
    )
    return carbon.carbon_avoided(totals(case), one("heat"), one("hp"), displaced, electricity)


def run_noise(case: Case) -> KpiResult:
    """The ambient level is the energy sum of residual level and plant."""
    sources = floats([case["residual"], case["plant"]])
    ambient = 10.0 * np.log10(np.sum(10.0 ** (sources / 10.0)))
    return noise_emergence(
        "noise_emergence_night",
        hours(6),
        np.full(6, ambient),
        np.zeros(6),
        ResidualLevel(level_dba=case["residual"], u_db=1.0, provenance="oracle"),
        ambient_u_db=1.0,
        inputs=(),
    )


def run_pue_at_load(case: Case) -> KpiResult:
    curve = LoadCurve(
        facility_kwh=floats(case["facility"]),
        it_kwh=floats(case["it"]),
        rated_it_kw=case["rated_it_kw"],
        facility_u_ratio=0.0,
        it_u_ratio=0.0,
    )
    return pue_at_load(hours(len(case["it"])), curve)


def sensors(temps: list[list[float]], ranges: Sequence[ValueRange] = ()) -> list[GaugeTotals]:
    """One row a sensor, one reading an hour that stands until the next."""
    edges_us = np.arange(len(temps[0]) + 1) * HOUR_US
    return [
        gauge_totals(
            Samples(ts_us=edges_us[:-1], value=np.array(row, np.float64)),
            Periods.between(edges_us),
            ranges,
            hold_us=HOUR_US,
        )
        for row in temps
    ]


def run_air(case: Case) -> KpiResult:
    air, recommended = AIR_CLASSES[case["class"]], case["recommended"]
    ranges = air_ranges(air, sensor_u_k=0.1, recommended=recommended)
    inlets = sensors(case["temps"], ranges)
    return supply_air_compliance(hours(4), inlets, air, sensor_u_k=0.1, recommended=recommended)


def run_liquid(case: Case) -> KpiResult:
    supplies = sensors(case["temps"], liquid_ranges(case["class"], sensor_u_k=0.1))
    return liquid_supply_compliance(hours(5), supplies, case["class"], sensor_u_k=0.1)


RUNNERS: dict[str, Callable[[Case], KpiResult | carbon.CarbonAvoided]] = {
    "pue:pue": lambda c: pue(totals(c), one("dc"), IT),
    "pue:pue_excluding_heat_upgrade": lambda c: pue_excluding_heat_upgrade(
        totals(c), one("dc"), one("hp"), IT
    ),
    "carriers:pue_all_carriers": run_carriers,
    "wue:wue_potable": lambda c: wue_potable(totals(c), one("water"), IT),
    "wue:wue_fresh": lambda c: wue_fresh(totals(c), one("water"), IT),
    "seasonal_factor:seasonal_factor": lambda c: seasonal_factor(totals(c), one("heat"), one("hp")),
    "inlet_air_temp:inlet_air_temp": lambda c: inlet_air_temp(
        hours(3), sensors(c["temps"]), sensor_u_k=0.1
    ),
    "thermal_envelope:supply_air_compliance": run_air,
    "thermal_envelope:liquid_supply_compliance": run_liquid,
    "wue:wue": lambda c: wue(totals(c), one("water"), IT),
    "erf:erf": lambda c: erf(totals(c), one("heat"), one("dc")),
    "ere:ere": lambda c: ere(totals(c), one("dc"), one("heat"), IT),
    "ref:ref": run_ref,
    "cue:cue": run_cue,
    "cer:cer": lambda c: cer(totals(c), one("heat"), one("cooling")),
    "facility_energy:facility_energy": lambda c: facility_energy(
        totals(c), SignedMeters(plus=("a", "b"))
    ),
    "recovered_heat:recovered_heat": lambda c: recovered_heat(totals(c), one("heat")),
    "noise:noise_emergence": run_noise,
    "load_factor:load_factor": lambda c: load_factor(totals(c), IT, c["rated_it_kw"]),
    "load_factor:pue_at_load": run_pue_at_load,
    "trajectory:trajectory_ratio": lambda c: trajectory_ratio(
        totals(c),
        one("dc"),
        BaseYear(year=c["base"][0], energy_kwh=c["base"][1], u_kwh=c["base"][2]),
    ),
    "carbon_avoided:carbon_avoided": run_carbon,
    "cooling_degree_days:cooling_degree_days": lambda c: cooling_degree_days(
        hours(24 * len(c["days"])), floats(c["days"]), temperature_u_k=0.0, place="oracle"
    ),
    "delivered_temperature:delivered_temperature": lambda c: delivered_temperature(
        hours(2), floats(c["heat"]), floats(c["supply"]), temperature_u_k=0.2
    ),
}


def oracle_cases() -> Iterator[Case]:
    for path in sorted(ORACLES.glob("kpi_*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))["cases"]


def kpi_functions() -> set[str]:
    """Public functions of models/kpi that return a result, unless they are shared helpers."""
    helpers = {"__init__", "declared", "gauged", "metered", "result", "summed"}
    found: set[str] = set()
    for path in KPI_FOLDER.glob("*.py"):
        if path.stem in helpers:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        # A class of results, such as both ends of a range, is a result too.
        results = {"KpiResult"} | {
            node.name
            for node in tree.body
            if isinstance(node, ast.ClassDef) and "KpiResult" in ast.unparse(node)
        }
        of_module = {
            f"{path.stem}:{node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
            and not node.name.startswith("_")
            and node.returns is not None
            and any(name in ast.unparse(node.returns) for name in results)
        }
        assert of_module, f"{path.name} defines no KPI; is it a helper?"
        found |= of_module
    return found


def test_every_kpi_has_an_oracle() -> None:
    missing = kpi_functions() - {case["kpi"] for case in oracle_cases()}

    assert not missing, f"add a case with its source to tests/oracles/kpi_*.json: {missing}"


def test_every_oracle_names_a_kpi_and_its_source() -> None:
    known = kpi_functions()
    for case in oracle_cases():
        assert case["kpi"] in known, case["id"]
        assert case["kpi"] in RUNNERS, f"{case['id']}: no runner in {Path(__file__).name}"
        assert len(case["source"]) > 10, case["id"]
        assert case["reliability"] in RELIABILITIES, case["id"]


@pytest.mark.parametrize("case", list(oracle_cases()), ids=lambda case: str(case["id"]))
def test_a_kpi_gives_what_its_oracle_says(case: Case) -> None:
    result = RUNNERS[case["kpi"]](case["inputs"])
    expected = case["expected"]
    if isinstance(result, carbon.CarbonAvoided):
        assert result.high.value == pytest.approx(expected["high"], abs=expected["tolerance"])
        result = result.low

    assert result.withheld is None
    assert result.value == pytest.approx(expected["value"], abs=expected["tolerance"])
    if "expanded_uncertainty" in expected:
        assert result.expanded_uncertainty == pytest.approx(
            expected["expanded_uncertainty"], abs=expected["u_tolerance"]
        )
