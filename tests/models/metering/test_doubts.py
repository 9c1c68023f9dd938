"""Meters in doubt: a unit taken for another, and more than a meter can count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.heat.coefficient import FlowSensorPipe, heat_from_volume_kwh
from models.heat.handover import Handover
from models.heat.handover import doubts as second_doubts
from models.kpi.erf import ERF
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import measure
from models.kpi.result import Doubt, DoubtReason, KpiResult
from models.metering.doubts import doubts_of, unit_ratios
from models.metering.registers import SiteRegisters
from models.metering.tree import Meter, MeterTree, Role
from models.metering.uncertainty import ElectricityAccuracy, HeatAccuracy, VolumeAccuracy
from models.metering.witnesses import gauge_witness
from models.readings import FloatArray, Quality, Window
from models.registers.gauges import GaugeTotals, gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples, SamplesByKey
from models.site.devices import Device
from models.site.site import Site, site_sums
from tests.models.kpi.small_site import site_of

START = datetime(2025, 3, 3, tzinfo=UTC)
HOURS = 9 * 24
STEP_US = 300_000_000
EDGES_US = (
    round(START.timestamp()) * 1_000_000 + np.arange(HOURS * 12 + 1, dtype=np.int64) * STEP_US
)
ELAPSED_H = np.arange(HOURS * 12 + 1) / 12.0
HEAT = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=15.0)


def read(value: FloatArray) -> Samples:
    return Samples(ts_us=EDGES_US, value=value)


def gauge(value: float | FloatArray) -> GaugeTotals:
    return gauge_totals(
        read(np.full(len(EDGES_US), value) if isinstance(value, float) else value),
        Periods.between(EDGES_US),
    )


def energy_meter(power: str | None = "pdu.power", max_kw: float | None = 80.0) -> Meter:
    return Meter(
        id="pdu",
        role=Role.PDU,
        point="pdu.energy",
        power_point=power,
        accuracy=ElectricityAccuracy(mpe_ratio=0.01),
        max_rate_per_h=max_kw,
        resolution=0.001,
    )


def found(meter: Meter, samples: SamplesByKey, gauges: dict[str, GaugeTotals]) -> list[DoubtReason]:
    return [one.reason for one in doubts_of([meter], samples, gauges)]


@pytest.mark.parametrize("ratio", [3.6, 1 / 3.6, 1000.0, 0.001, 277.8])
def test_a_register_in_another_unit_than_its_power_is_named(ratio: float) -> None:
    samples = {"pdu.energy": read(1000.0 + 50.0 * ratio * ELAPSED_H)}

    assert found(energy_meter(), samples, {"pdu.power": gauge(50.0)}) == [DoubtReason.UNIT]


@pytest.mark.parametrize("ratio", [1.0, 0.93, 1.08])
def test_a_register_near_its_power_is_not_accused(ratio: float) -> None:
    samples = {"pdu.energy": read(1000.0 + 50.0 * ratio * ELAPSED_H)}

    assert found(energy_meter(), samples, {"pdu.power": gauge(50.0)}) == []


def test_a_register_whose_every_step_is_too_fast_has_no_count_and_is_named() -> None:
    samples = {"pdu.energy": read(50_000.0 * ELAPSED_H)}
    meter = energy_meter(power=None)
    tree = MeterTree([meter])

    counted = (
        SiteRegisters(tree, samples).table(Periods.between(EDGES_US[[0, -1]])).joint(["pdu.energy"])
    )
    assert counted.covered_s.tolist() == [0.0]
    assert doubts_of(tree.meters.values(), samples, {}) == (Doubt("pdu", DoubtReason.UNIT),)


def test_more_than_a_meter_can_count_but_no_other_unit_is_a_rate() -> None:
    samples = {"pdu.energy": read(140.0 * ELAPSED_H)}

    assert found(energy_meter(), samples, {"pdu.power": gauge(70.0)}) == [DoubtReason.RATE]


def test_a_water_meter_of_litres_read_as_cubic_metres_is_named() -> None:
    meter = Meter(
        id="water",
        role=Role.POTABLE_WATER,
        point="water.m3",
        accuracy=VolumeAccuracy(mpe_ratio=0.02),
        max_rate_per_h=10.0,
    )

    assert found(meter, {"water.m3": read(400.0 * ELAPSED_H)}, {}) == [DoubtReason.UNIT]


def test_a_coarse_register_that_moves_seldom_is_not_accused() -> None:
    """A step of a megawatt-hour every few days says nothing of the unit."""
    samples = {"pdu.energy": read(np.floor(50.0 * ELAPSED_H / 1000.0) * 1000.0)}
    meter = energy_meter()
    coarse = Meter(
        id=meter.id,
        role=meter.role,
        point=meter.point,
        power_point=meter.power_point,
        accuracy=meter.accuracy,
        max_rate_per_h=80.0,
        resolution=1000.0,
    )

    assert found(coarse, samples, {"pdu.power": gauge(50.0)}) == []


def test_glitches_and_a_reset_do_not_make_a_unit() -> None:
    shown = 1000.0 + 50.0 * ELAPSED_H
    shown[::500] *= 3600.0
    shown[1500:] -= shown[1500]

    assert found(energy_meter(), {"pdu.energy": read(shown)}, {"pdu.power": gauge(50.0)}) == []


def test_a_register_that_stands_is_not_in_another_unit() -> None:
    shown = np.minimum(1000.0 + 50.0 * ELAPSED_H, 3000.0)

    assert found(energy_meter(), {"pdu.energy": read(shown)}, {"pdu.power": gauge(50.0)}) == []


def heat_meter(name: str) -> Meter:
    return Meter(
        id=name,
        role=Role.HEAT_HANDOVER,
        point=f"{name}.heat_energy_kwh",
        volume_point=f"{name}.volume_m3",
        accuracy=HEAT,
        max_rate_per_h=600.0,
    )


def heat_readings(name: str, factor: float) -> tuple[dict[str, Samples], dict[str, GaugeTotals]]:
    """About 100 kW at 10 K, as a register that counts ``factor`` times too fast tells it."""
    flow = 8.696 * ELAPSED_H
    ones = np.ones(1)
    per_m3 = heat_from_volume_kwh(ones, 55.0 * ones, 45.0 * ones, FlowSensorPipe.RETURN)
    heat = float(per_m3[0]) * flow
    return (
        {
            f"{name}.heat_energy_kwh": read(1e5 + factor * heat),
            f"{name}.volume_m3": read(2e3 + flow),
        },
        {f"{name}.supply_temp_degc": gauge(55.0), f"{name}.return_temp_degc": gauge(45.0)},
    )


def by_the_hour(value: FloatArray) -> GaugeTotals:
    """The gauge of which one reading an hour is kept, over the same steps."""
    read_at = EDGES_US[::12]
    return gauge_totals(Samples(ts_us=read_at, value=value[::12]), Periods.between(EDGES_US))


def test_a_power_that_is_read_by_the_hour_bears_witness_for_16_minutes_alone() -> None:
    """Switched off right after each reading, it would swear to an hour of its power."""
    power = np.full(len(EDGES_US), 50.0)

    fine, hourly = (
        gauge_witness(energy_meter(), one) for one in (gauge(power), by_the_hour(power))
    )

    assert hourly.least[-1] == pytest.approx(fine.least[-1] * 15 / 60, rel=0.01)


def two_heat_meters() -> tuple[Site, SiteReadings]:
    """Two equal meters of 100 kW; one counts gigajoules and is read as megawatt-hours."""
    intake = Meter(
        id="intake",
        role=Role.UTILITY_INTAKE,
        point="intake.energy",
        accuracy=ElectricityAccuracy(mpe_ratio=0.005),
        max_rate_per_h=1500.0,
    )
    right, wrong = heat_readings("h_mwh", 1.0), heat_readings("h_gj", 3.6)
    readings = SiteReadings(
        registers={"intake.energy": read(1e6 + 500.0 * ELAPSED_H)} | right[0] | wrong[0],
        gauges=right[1] | wrong[1],
    )
    meters = intake, heat_meter("h_mwh"), heat_meter("h_gj")
    devices = {
        one.id: Device(
            id=one.id,
            label_fr=one.id,
            label_en=one.id,
            link="gw",
            protocol="modbus",
            profile="heat_meter",
            poll_s=10.0,
        )
        for one in meters
    }
    site = site_of(*meters, points=list(readings.gauges))
    return replace(site, devices=devices), readings


def erf_of(site: Site, readings: SiteReadings) -> KpiResult:
    window = Window(name="days", start=START, end=START + timedelta(hours=HOURS))
    (result,) = measure(Measurement(site, site_sums(site), readings, [window]), [ERF])
    return result


def test_gigajoules_read_as_megawatt_hours_do_not_stand_undoubted() -> None:
    """Without a power gauge the second calculation tells it."""
    site, readings = two_heat_meters()
    traced = SiteRegisters(site.tree, readings.registers, readings.gauges)
    days = Window(name="days", start=START, end=START + timedelta(hours=HOURS))
    figures = Handover(site).figures(days, 12 * STEP_US, readings, traced)
    doubts = second_doubts(figures)
    assert doubts == (Doubt("h_gj", DoubtReason.SECOND_CALCULATION),)

    result = erf_of(site, replace(readings, doubts=doubts))
    assert result.value == pytest.approx(0.92, abs=0.01)
    assert result.doubts == doubts
    assert result.quality is Quality.UNCERTAIN


def test_gigajoules_beside_a_power_gauge_are_named_by_their_unit() -> None:
    readings, _ = heat_readings("h_gj", 3.6)
    meter = replace(heat_meter("h_gj"), power_point="h_gj.heat_power_kw")

    assert found(meter, readings, {"h_gj.heat_power_kw": gauge(100.0)}) == [DoubtReason.UNIT]


def test_the_ratios_of_units_are_those_of_energies() -> None:
    ratios = unit_ratios()
    assert 1.0 not in ratios
    assert all(any(abs(a * b - 1.0) < 1e-6 for b in ratios) for a in ratios)
    assert {round(one, 4) for one in ratios} >= {3.6, 0.2778, 1000.0, 0.001, 277.7778}
