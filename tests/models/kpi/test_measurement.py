"""One site over some periods: what its meters do wrong, and what the KPIs make of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.ref import RenewableEnergy, RenewableKind
from models.kpi.registry import KPIS, measure
from models.kpi.result import KpiKind, KpiResult, Withheld
from models.legal_time.periods import named_period
from models.metering.tree import Role
from models.metering.uncertainty import ElectricityAccuracy, HeatAccuracy, VolumeAccuracy
from models.readings import FloatArray, IntArray, Origin, Window
from models.registers.gauges import GaugeTotals, gauge_totals
from models.registers.periods import Periods
from models.registers.register import EventKind, RegisterEvent
from models.registers.samples import NO_SAMPLES, Samples
from models.site.declarations import Declarations
from tests.models.kpi.small_site import (
    HOUR_US,
    INTAKE,
    MINUTE_US,
    PLAIN,
    START,
    START_US,
    UPS,
    at_hours,
    doubts,
    every,
    flags,
    holds,
    known,
    measured,
    meter,
    one_result,
    results,
    shown,
    site_of,
    steady,
    window,
)

DAY_H, YEAR_H = 24.0, 8760.0
# Class 0.5 of both meters: PUE 1.3 is known to 1.3 sqrt(2) 0.5 % / sqrt(3).
CLASS_U = 1.3 * sqrt(2.0) * 0.005 / sqrt(3.0)
HEAT_CLASS = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=20.0)


def pair(ts_us: IntArray, intake_kw: float = 260.0, it_kw: float = 200.0) -> dict[str, Samples]:
    return {INTAKE.point: steady(ts_us, intake_kw), UPS.point: steady(ts_us, it_kw, 500.0)}


def pue_of(registers: dict[str, Samples], hours: float, **readings: object) -> KpiResult:
    return one_result(measured(PLAIN, registers, [window(hours)], **readings), "pue")


def power(hours: float, kw: float, step_h: float = 1.0) -> GaugeTotals:
    """A power gauge read every ten minutes, summed over steps."""
    ts_us = every(1 / 6, round(6 * hours) + 1)
    edges = every(step_h, round(hours / step_h) + 1)
    return gauge_totals(shown(ts_us, np.full(len(ts_us), kw)), Periods.between(edges))


def test_two_meters_of_class_05_give_a_pue_as_sure_as_their_class() -> None:
    value, expanded = known(pue_of(pair(every(1.0, 25)), DAY_H))

    assert value == pytest.approx(1.3)
    assert expanded == pytest.approx(2.0 * CLASS_U)


# --- any cadence, any phase -------------------------------------------------------------------

CADENCES = {
    "quarter-hours at odd minutes": every(0.25, 4 * 24 * 40, first_h=-5.117),
    "once a day": every(24.0, 40, first_h=-49.3),
    "thirteen visits a year": every(28.0 * 24.0, 13, first_h=-300.0),
    "first of each month": at_hours(
        [
            (datetime(2025 + m // 12, 1 + m % 12, 1, 9, tzinfo=UTC) - START).total_seconds() / 3600
            for m in range(11, 26)
        ]
    ),
    "every minute": every(1 / 60, 60 * 24 * 3, first_h=-1.0),
}


@pytest.mark.parametrize("ts_us", CADENCES.values(), ids=CADENCES.keys())
@pytest.mark.parametrize("hours", [0.25, 24.0])
def test_any_cadence_gives_a_true_pue_with_what_the_edges_may_hide(
    ts_us: IntArray, hours: float
) -> None:
    result = pue_of(pair(ts_us), hours)

    assert result.value == pytest.approx(1.3)
    assert result.coverage_ratio == pytest.approx(1.0)
    assert result.expanded_uncertainty is not None
    assert result.expanded_uncertainty > 2.0 * CLASS_U or len(ts_us) > 1000


def test_an_edge_between_two_readings_is_as_unsure_as_the_greatest_rate_allows() -> None:
    """Read at -6 h and +6 h, 260 kW where at most 400 kW flow: by how much may the level be off?

    From below 400 kW for six hours, or none before and all after: 2400 - 1560 = 840 kWh either
    way; a rectangular half-width of 840 kWh at each end.
    """
    ts_us = at_hours([-6.0, 6.0, 18.0, 30.0])
    only = measured(PLAIN, pair(ts_us), [window(DAY_H)])
    value, expanded = known(one_result(only, "facility_energy"))

    at_edges = sqrt(2.0) * 840.0 / sqrt(3.0)
    assert value == pytest.approx(260.0 * 24.0)
    assert expanded == pytest.approx(2.0 * np.hypot(at_edges, 6240.0 * 0.005 / sqrt(3.0)))


@given(st.integers(0, 2**32 - 1))
def test_jitter_of_some_seconds_costs_nothing_but_its_own_edge(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ts_us = every(0.25, 4 * 30, first_h=-1.0) + rng.integers(0, 20_000_000, 4 * 30)
    value, expanded = known(pue_of(pair(ts_us), DAY_H))

    assert value == pytest.approx(1.3)
    # A quarter of an hour at 140 kW more or less, at each end of both meters.
    assert expanded <= 2.0 * np.hypot(CLASS_U, 2.0 * 35.0 / 4800.0)


# --- the step of a register -------------------------------------------------------------------


def test_the_step_of_a_float32_counter_is_in_the_uncertainty() -> None:
    """100 kW in, 80 kW of IT; 7.1 GWh count in steps of 512 Wh, a quarter of an hour has 25 kWh."""
    class_02 = ElectricityAccuracy(mpe_ratio=0.002)
    site = site_of(
        replace(INTAKE, accuracy=class_02, float32_unit=0.001),
        replace(UPS, accuracy=class_02, float32_unit=0.001),
    )
    ts_us = every(1 / 60, 60 * 12, first_h=-1.0)

    def as_float32(kw: float) -> Samples:
        raw_wh = ((7.1e6 + kw * (ts_us - START_US) / HOUR_US) * 1000.0).astype(np.float32)
        return shown(ts_us, raw_wh.astype(np.float64) / 1000.0)

    registers = {INTAKE.point: as_float32(100.0), UPS.point: as_float32(80.0)}
    looks = [window(0.25, START + timedelta(minutes=n)) for n in range(1, 600)]
    found = results(measured(site, registers, looks), "pue")

    u = 1.25 * np.hypot(0.512 / sqrt(6.0) / 25.0, 0.512 / sqrt(6.0) / 20.0)
    assert [known(one)[1] for one in found] == pytest.approx([2.0 * u] * len(found), rel=0.05)
    inside = np.mean([holds(one, 1.25) for one in found])
    assert inside >= 0.95


def test_a_declared_resolution_counts_as_an_integers_step() -> None:
    site = site_of(replace(INTAKE, resolution=10.0), replace(UPS, resolution=10.0))
    value, expanded = known(
        one_result(measured(site, pair(every(1.0, 25)), [window(1.0)]), "facility_energy")
    )

    assert value == pytest.approx(260.0)
    assert expanded == pytest.approx(2.0 * np.hypot(10.0 / sqrt(6.0), 260.0 * 0.005 / sqrt(3.0)))


# --- zero is a measurement too ----------------------------------------------------------------


def test_a_zero_is_as_unsure_as_what_the_meter_does_not_count() -> None:
    """5 kW flow unseen below the starting rate: rectangular from nothing to 5 kW for a day."""
    site = site_of(replace(INTAKE, starting_rate_per_h=5.0))
    registers = pair(every(1.0, 25), intake_kw=0.0)
    value, expanded = known(
        one_result(measured(site, registers, [window(DAY_H)]), "facility_energy")
    )

    assert value == 0.0
    assert expanded == pytest.approx(2.0 * 5.0 * 24.0 / sqrt(3.0))


@pytest.mark.parametrize(("days", "doubted"), [(59, False), (60, True), (200, True)])
def test_power_that_never_moves_for_60_days_is_in_doubt(days: int, doubted: bool) -> None:
    ts_us = every(6.0, 4 * 210)
    registers = pair(ts_us, intake_kw=0.0)
    result = one_result(
        measured(site_of(INTAKE), registers, [window(24.0 * days)]), "facility_energy"
    )

    assert result.value == 0.0
    assert (("intake", "never_moved") in doubts(result)) is doubted


@pytest.mark.parametrize(("days", "doubted"), [(200, False), (269, False), (270, True)])
def test_water_may_rest_for_a_season(days: int, doubted: bool) -> None:
    city = meter("city", Role.POTABLE_WATER, max_rate_per_h=4.0)
    site = site_of(INTAKE, UPS, replace(city, accuracy=VolumeAccuracy(mpe_ratio=0.02)))
    ts_us = every(6.0, 4 * 290)
    registers = pair(ts_us) | {"city.energy": shown(ts_us, np.full(len(ts_us), 7.0))}
    result = one_result(measured(site, registers, [window(24.0 * days)]), "wue")

    assert result.value == 0.0
    assert (("city", "never_moved") in doubts(result)) is doubted


def test_a_meter_that_stands_by_and_one_whose_power_is_zero_may_never_move() -> None:
    generator = meter("generator", Role.GENERATOR, max_rate_per_h=500.0)
    well = meter("well", Role.OTHER_WATER, max_rate_per_h=4.0, power_point="well.flow")
    site = site_of(INTAKE, UPS, generator, well)
    ts_us = every(6.0, 4 * 100)
    still = shown(ts_us, np.full(len(ts_us), 7.0))
    registers = pair(ts_us) | {generator.point: still, well.point: still}
    flow = power(24.0 * 90, 0.0, step_h=24.0)
    found = measured(site, registers, [window(24.0 * 90)], gauges={"well.flow": flow})

    assert doubts(one_result(found, "pue")) == set()
    assert doubts(one_result(found, "wue")) == set()


# --- a register that stands still -------------------------------------------------------------


def frozen(ts_us: IntArray, kw: float, from_h: float, until_h: float, *, lost: bool) -> Samples:
    """Still from one hour to another; then the true index, or on from where it stood."""
    hours = (ts_us - START_US) / HOUR_US
    counted = np.where(hours < from_h, hours, np.where(hours < until_h, from_h, hours))
    if lost:
        counted = np.where(hours >= until_h, hours - (until_h - from_h), counted)
    return shown(ts_us, 1000.0 + kw * counted)


def test_flat_and_then_the_true_index_is_bridged_and_true() -> None:
    ts_us = every(1.0, 24 * 30 + 1)
    registers = pair(ts_us) | {INTAKE.point: frozen(ts_us, 260.0, 240.0, 480.0, lost=False)}
    gauges = {"intake.power": power(24.0 * 30, 260.0)}
    whole = pue_of(registers, 24.0 * 30, gauges=gauges)
    inside = one_result(
        measured(PLAIN, registers, [window(DAY_H, START + timedelta(hours=300))], gauges=gauges),
        "pue",
    )

    assert whole.value == pytest.approx(1.3)
    assert "bridged" in flags(whole)
    assert whole.bridged_ratio == pytest.approx(1.0 / 3.0, abs=0.002)
    assert holds(inside, 1.3)
    assert inside.bridged_ratio == pytest.approx(1.0)


def test_flat_and_lost_for_good_is_not_covered() -> None:
    ts_us = every(1.0, 24 * 30 + 1)
    registers = pair(ts_us) | {INTAKE.point: frozen(ts_us, 260.0, 240.0, 480.0, lost=True)}
    gauges = {"intake.power": power(24.0 * 30, 260.0)}
    whole = pue_of(registers, 24.0 * 30, gauges=gauges)
    inside = one_result(
        measured(PLAIN, registers, [window(DAY_H, START + timedelta(hours=300))], gauges=gauges),
        "pue",
    )

    assert whole.value == pytest.approx(1.3)
    assert whole.coverage_ratio == pytest.approx(2.0 / 3.0, abs=0.002)
    assert (inside.value, inside.withheld) == (None, Withheld.FROZEN)


WITNESSES = ("power", "children", "node")


@pytest.mark.parametrize("witness", WITNESSES)
def test_a_live_stand_is_withheld_and_named_by_any_witness(witness: str) -> None:
    """Thirteen minutes without a count at the end of a day, read every minute."""
    ts_us = every(1 / 60, 60 * 24 + 1)
    minutes = (ts_us - START_US) / MINUTE_US
    stands = np.minimum(minutes, 60 * 24 - 13) / 60.0
    registers = pair(ts_us)
    gauges: dict[str, GaugeTotals] = {}
    site = PLAIN
    if witness == "power":
        registers[UPS.point] = shown(ts_us, 500.0 + 200.0 * stands)
        gauges["ups.power"] = power(DAY_H, 200.0, step_h=1 / 60)
        suspect = "ups"
    elif witness == "children":
        registers[INTAKE.point] = shown(ts_us, 1000.0 + 260.0 * stands)
        suspect = "intake"
    else:
        rest = meter("cooling", Role.COOLING, "intake", max_rate_per_h=100.0)
        site = site_of(replace(INTAKE, complete=True), UPS, rest)
        registers[rest.point] = steady(ts_us, 60.0)
        registers[UPS.point] = shown(ts_us, 500.0 + 200.0 * stands)
        suspect = "ups"
    last = window(0.25, START + timedelta(hours=23.75))
    measurement = measured(site, registers, [last], gauges=gauges)
    result = one_result(measurement, "pue")

    (standing,) = measurement.registers.standing
    assert standing.meter == suspect
    assert standing.since_us == START_US + (24 * 60 - 13) * MINUTE_US
    assert (result.value, result.withheld) == (None, Withheld.FROZEN)
    assert doubts(result) == {(suspect, "frozen")}


@pytest.mark.parametrize(("closed", "doubted"), [(False, {("ups", "frozen")}), (True, set())])
def test_a_running_figure_is_doubted_for_a_meter_that_stands_since_its_end(
    closed: bool, doubted: set[tuple[str, str]]
) -> None:
    """It is shown as the figure of now; a closed one is of the time in which the meter counted."""
    end_us = START_US + int(DAY_H * HOUR_US)
    ts_us = np.arange(end_us - HOUR_US, end_us + 18_000_000, 2_000_000)
    stood_us = np.minimum(ts_us, end_us + 4_000_000)
    registers = {
        INTAKE.point: steady(ts_us, 260.0),
        UPS.point: shown(ts_us, 500.0 + 200.0 * (stood_us - ts_us[0]) / HOUR_US),
        "ups.power": shown(ts_us, np.full(len(ts_us), 200.0)),
    }
    last = replace(window(0.25, START + timedelta(hours=23.75)), closed=closed)
    measurement = measured(PLAIN, registers, [last])
    result = one_result(measurement, "pue")

    assert [one.since_us for one in measurement.registers.standing] == [end_us + 4_000_000]
    assert doubts(result) == doubted
    assert result.value == pytest.approx(1.3)


def test_nothing_is_accused_without_a_witness() -> None:
    """A UPS without load, and an intake whose unmetered rest nobody knows."""
    ts_us = every(1 / 60, 60 * 24 + 1)
    registers = pair(ts_us) | {UPS.point: shown(ts_us, np.full(len(ts_us), 500.0))}
    measurement = measured(PLAIN, registers, [window(DAY_H)])
    result = one_result(measurement, "pue")

    assert measurement.registers.standing == ()
    assert doubts(result) == set()
    assert result.withheld is Withheld.ZERO_DENOMINATOR


def test_a_coarse_register_is_not_accused_before_its_step_is_due() -> None:
    """10 kWh at 20 kW: half an hour between two counts, up to an hour in doubt of two steps."""
    coarse = replace(UPS, resolution=10.0)
    site = site_of(INTAKE, coarse)
    for minutes, accused in ((50, False), (70, True)):
        ts_us = every(1 / 60, minutes + 1)
        registers = {
            INTAKE.point: steady(ts_us, 30.0),
            UPS.point: shown(ts_us, np.full(len(ts_us), 500.0)),
        }
        gauges = {"ups.power": power(minutes / 60.0, 20.0, step_h=1 / 60)}
        measurement = measured(site, registers, [window(minutes / 60.0)], gauges=gauges)

        assert bool(measurement.registers.standing) is accused


# --- zeros and older indexes ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step_h", "from_h", "until_h"),
    [(1 / 60, 5.0, 5.2), (1.0, 24.0, 24.0 * 31), (24.0, 24.0 * 20, 24.0 * 50)],
)
def test_a_stretch_of_zeros_is_bridged_whatever_its_length(
    step_h: float, from_h: float, until_h: float
) -> None:
    hours = until_h * 2.0
    ts_us = every(step_h, round(hours / step_h) + 1)
    at_h = (ts_us - START_US) / HOUR_US
    intake = 1000.0 + 260.0 * at_h
    intake[(at_h >= from_h) & (at_h < until_h)] = 0.0
    result = pue_of(pair(ts_us) | {INTAKE.point: shown(ts_us, intake)}, hours)

    assert result.value == pytest.approx(1.3)
    assert result.coverage_ratio == pytest.approx(1.0)
    assert result.bridged_ratio >= 0.9 * (until_h - from_h) / hours


def test_readings_of_an_older_replica_now_and_then_cost_nothing() -> None:
    """15 % of the readings come from a replica 300 kWh behind."""
    rng = np.random.default_rng(3)
    ts_us = every(1.0, 24 * 60 + 1)
    intake = 10_000.0 + 260.0 * np.arange(len(ts_us), dtype=float)
    old = rng.random(len(ts_us)) < 0.15
    old[[0, -1]] = False
    result = pue_of(pair(ts_us) | {INTAKE.point: shown(ts_us, intake - 300.0 * old)}, 24.0 * 60)

    assert result.value == pytest.approx(1.3)
    assert result.coverage_ratio == pytest.approx(1.0)


# --- declared events --------------------------------------------------------------------------


def replaced_at(hour: float, **more: object) -> RegisterEvent:
    return RegisterEvent(
        at_us=int(START_US + hour * HOUR_US),
        **({"kind": EventKind.REPLACED} | more),  # type: ignore[arg-type]  # as its fields
    )


def with_new_meter(ts_us: IntArray, at_h: float, kw: float = 260.0, new: float = 5.0) -> FloatArray:
    hours = (ts_us - START_US) / HOUR_US
    return np.where(hours < at_h, 1000.0 + kw * hours, new + kw * (hours - at_h))


@pytest.mark.parametrize("silent_h", [0.0, 30.0])
def test_a_declared_replacement_costs_nothing_also_inside_an_outage(silent_h: float) -> None:
    event = replaced_at(100.4, final_index=1000.0 + 260.0 * 100.4, initial_index=5.0)
    site = site_of(replace(INTAKE, events=(event,)), UPS)
    ts_us = every(1.0, 24 * 10 + 1)
    ts_us = ts_us[np.abs((ts_us - START_US) / HOUR_US - 100.0) >= silent_h / 2.0]
    registers = pair(ts_us) | {INTAKE.point: shown(ts_us, with_new_meter(ts_us, 100.4))}
    found = measured(site, registers, [window(240.0)])
    value, expanded = known(one_result(found, "pue"))

    assert value == pytest.approx(1.3)
    assert expanded == pytest.approx(2.0 * CLASS_U)
    assert one_result(found, "pue").coverage_ratio == pytest.approx(1.0)


def test_an_undeclared_index_breaks_the_count_for_one_step_only() -> None:
    event = replaced_at(100.4)
    site = site_of(replace(INTAKE, events=(event,)), UPS)
    ts_us = every(1.0, 24 * 10 + 1)
    registers = pair(ts_us) | {INTAKE.point: shown(ts_us, with_new_meter(ts_us, 100.4))}
    result = one_result(measured(site, registers, [window(240.0)]), "pue")

    assert result.value == pytest.approx(1.3)
    assert result.coverage_ratio == pytest.approx(239.0 / 240.0)


def test_a_corrected_ratio_holds_before_its_day_and_not_after() -> None:
    """Transformers set up as twice their ratio: every count before is halved, U as well."""
    event = replaced_at(120.0, kind=EventKind.RATIO_CORRECTED, factor_before=0.5)
    joined = replace(event, final_index=1000.0 + 520.0 * 120.0)
    hours = np.arange(241.0)
    for one, covered in ((event, 239.0 / 240.0), (joined, 1.0)):
        site = site_of(replace(INTAKE, events=(one,), max_rate_per_h=600.0), UPS)
        ts_us = every(1.0, 241)
        doubled = 1000.0 + 520.0 * np.minimum(hours, 120.0) + 260.0 * np.maximum(hours - 120.0, 0)
        registers = pair(ts_us) | {INTAKE.point: shown(ts_us, doubled)}
        result = one_result(measured(site, registers, [window(240.0)]), "pue")

        assert result.value == pytest.approx(1.3)
        assert result.coverage_ratio == pytest.approx(covered)


def test_a_reset_and_events_out_of_order_are_one_count() -> None:
    events = (
        replaced_at(80.0, final_index=50.0 + 260.0 * 40.0, initial_index=7.0),
        replaced_at(
            40.0, kind=EventKind.RESET, final_index=1000.0 + 260.0 * 40.0, initial_index=50.0
        ),
    )
    ts_us = every(1.0, 121)
    hours = np.arange(121.0)
    value = np.select(
        [hours < 40.0, hours < 80.0],
        [1000.0 + 260.0 * hours, 50.0 + 260.0 * (hours - 40.0)],
        7.0 + 260.0 * (hours - 80.0),
    )
    for order in (events, events[::-1]):
        site = site_of(replace(INTAKE, events=order), UPS)
        registers = pair(ts_us) | {INTAKE.point: shown(ts_us, value)}
        result = one_result(measured(site, registers, [window(120.0)]), "pue")

        assert result.value == pytest.approx(1.3)
        assert result.coverage_ratio == pytest.approx(1.0)


def test_an_event_before_all_readings_or_after_them_changes_nothing() -> None:
    ts_us = every(1.0, 25)
    for at_h in (-100.0, 100.0):
        event = replaced_at(at_h)
        site = site_of(replace(INTAKE, events=(event,)), UPS)
        result = one_result(measured(site, pair(ts_us), [window(DAY_H)]), "pue")

        assert result.value == pytest.approx(1.3)
        assert result.coverage_ratio == pytest.approx(1.0)


# --- a helper never takes the KPI with it -----------------------------------------------------

HEAT = meter(
    "loop",
    Role.HEAT_HANDOVER,
    accuracy=HEAT_CLASS,
    volume_point="loop.volume",
    max_rate_per_h=400.0,
)


@pytest.mark.parametrize("volume", ["absent", "silent", "no readings"])
def test_heat_stands_without_its_volume_at_the_worst_of_its_class(volume: str) -> None:
    ts_us = every(1.0, 25)
    registers = pair(ts_us) | {HEAT.point: steady(ts_us, 130.0)}
    if volume == "silent":
        registers["loop.volume"] = shown(ts_us, np.full(len(ts_us), np.nan))
    if volume == "no readings":
        registers["loop.volume"] = NO_SAMPLES
    result = one_result(measured(site_of(INTAKE, UPS, HEAT), registers, [window(DAY_H)]), "erf")
    value, expanded = known(result)

    # Flow sensor at qp 2.02 %, calculator 1.5 % and pair 3.5 % at the least difference.
    worst = sqrt(0.0202**2 + 0.015**2 + 0.035**2) / sqrt(3.0)
    assert value == pytest.approx(0.5)
    assert expanded == pytest.approx(2.0 * 0.5 * np.hypot(worst, 0.005 / sqrt(3.0)))
    assert "volume_unknown" in flags(result)


def test_with_its_volume_heat_is_as_sure_as_its_working_point() -> None:
    """130 kW at 10 m3/h: 11.3 K."""
    ts_us = every(1.0, 25)
    registers = pair(ts_us) | {
        HEAT.point: steady(ts_us, 130.0),
        "loop.volume": steady(ts_us, 10.0),
    }
    result = one_result(measured(site_of(INTAKE, UPS, HEAT), registers, [window(DAY_H)]), "erf")
    _, expanded = known(result)

    drop_k = 130.0 / (10.0 * 1.150)
    parts = (0.02 + 0.0002 * 2.0, 0.005 + 0.01 * 3.0 / drop_k, 0.005 + 0.03 * 3.0 / drop_k)
    u = sqrt(sum(one**2 for one in parts)) / sqrt(3.0)
    assert expanded == pytest.approx(2.0 * 0.5 * np.hypot(u, 0.005 / sqrt(3.0)))
    assert flags(result) == set()


# --- time without data ------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [0.25, 1.0, 24.0, 24.0 * 7, 24.0 * 40, YEAR_H])
@pytest.mark.parametrize("lacking", [0.002, 0.1, 0.45])
def test_hidden_time_never_loses_the_uncertainty(hours: float, lacking: float) -> None:
    """The last part of a period is not read yet."""
    step_h = min(hours / 200.0, 1.0)
    ts_us = every(step_h, int(hours * (1.0 - lacking) / step_h) + 1)
    result = pue_of(pair(ts_us), hours)
    value, expanded = known(result)

    assert value == pytest.approx(1.3)
    assert expanded >= 2.0 * CLASS_U * (1.0 - 1e-9)
    assert result.coverage_ratio <= 1.0 - lacking + 1e-9


@pytest.mark.parametrize("hours", [0.25, 1.0, 24.0, 24.0 * 7, 24.0 * 40])
def test_what_the_missing_time_may_hide_follows_from_the_scatter_of_the_rest(hours: float) -> None:
    rng = np.random.default_rng(2)
    step_h = hours / 200.0
    ts_us = every(step_h, 161)
    intake = 1000.0 + step_h * np.cumsum(rng.uniform(200.0, 320.0, 161))
    registers = pair(ts_us) | {INTAKE.point: shown(ts_us, intake)}
    hidden = {one.name: one.u for one in pue_of(registers, hours).parts}["missing"]

    # A fifth is missing; the blocks scatter by a few hundredths, and never by more than a third.
    assert 0.0 < hidden < 0.2 * 1.3 / 3.0


def test_what_is_hidden_is_in_the_unit_of_the_kpi() -> None:
    """Thirteen hours are too few to judge the rest of a day by: anything up to twice as much."""
    site = site_of(INTAKE, UPS, meter("city", Role.POTABLE_WATER, max_rate_per_h=4.0))
    ts_us = every(1.0, 14)
    registers = pair(ts_us) | {"city.energy": steady(ts_us, 0.2)}
    result = one_result(measured(site, registers, [window(DAY_H)]), "wue")
    hidden = {one.name: one.u for one in result.parts}["missing"]

    assert result.value == pytest.approx(1.0)
    assert hidden == pytest.approx(11.0 / 24.0 / sqrt(3.0))


def test_declared_energy_is_as_unsure_as_the_time_without_data() -> None:
    """Half as much as the year's energy is bought; a fifth of the year is not read."""
    bought = RenewableEnergy(
        name="go",
        kind=RenewableKind.CERTIFICATES,
        attributes_retired=True,
        energy_kwh=130.0 * YEAR_H,
    )
    site = replace(PLAIN, declared=Declarations(renewables=(bought,)))
    registers = pair(every(1.0, int(0.8 * YEAR_H) + 1))
    result = one_result(measured(site, registers, [window(YEAR_H)]), "ref")
    hidden = {one.name: one.u for one in result.parts}["missing"]

    assert result.value == pytest.approx(0.5)
    assert hidden == pytest.approx(0.2 * 0.5 / sqrt(3.0))


def test_twelve_months_is_exactly_that() -> None:
    end = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
    year = named_period("12months", end)
    ts_us = every(6.0, 4 * 730, first_h=-24.0 * 400)
    result = one_result(measured(PLAIN, pair(ts_us), [year]), "facility_energy")

    assert (year.start, year.end) == (datetime(2025, 7, 14, 9, 30, tzinfo=UTC), end)
    assert result.value == pytest.approx(260.0 * 8760.0)
    assert result.kind is KpiKind.ANNUAL


# --- periods ----------------------------------------------------------------------------------


def figures(result: KpiResult) -> list[float]:
    pair_of = (result.value, result.expanded_uncertainty)
    return [float("nan") if one is None else one for one in pair_of]


def test_each_of_many_periods_is_as_if_it_were_alone() -> None:
    """Days of a month with gaps, zeros and a replaced meter, overlapping and one by one."""
    rng = np.random.default_rng(8)
    ts_us = every(0.5, 48 * 31, first_h=-6.0)
    intake = with_new_meter(ts_us, 400.0)
    intake[rng.integers(0, len(ts_us), 30)] = 0.0
    intake[500:560] = np.nan
    registers = pair(ts_us) | {INTAKE.point: shown(ts_us, intake)}
    windows = [window(h, START + timedelta(hours=24.0 * n)) for n in range(28) for h in (24, 60)]
    together = measure(measured(PLAIN, registers, windows))
    alone = [measure(measured(PLAIN, registers, [each])) for each in windows]

    assert len(together) == sum(len(one) for one in alone)
    by_key = {(one.kpi, one.window): one for one in together}
    for each in alone:
        for one in each:
            other = by_key[one.kpi, one.window]
            assert other.withheld == one.withheld
            assert figures(other) == pytest.approx(figures(one), rel=1e-6, nan_ok=True)
            assert other.coverage_ratio == pytest.approx(one.coverage_ratio)
            assert other.flags == one.flags


def test_energies_of_days_add_up_to_those_of_the_month() -> None:
    rng = np.random.default_rng(9)
    ts_us = np.sort(START_US + rng.integers(-HOUR_US, 24 * 31 * HOUR_US, 500))
    index = 1000.0 + np.cumsum(rng.uniform(0.0, 100.0, 500))
    registers = pair(ts_us) | {INTAKE.point: shown(ts_us, index)}
    days = [window(DAY_H, START + timedelta(days=n)) for n in range(30)]
    by_day = results(measured(PLAIN, registers, days), "facility_energy")
    month = one_result(measured(PLAIN, registers, [window(24.0 * 30)]), "facility_energy")

    assert sum(one.value or 0.0 for one in by_day) == pytest.approx(month.value)


def test_before_after_and_without_readings_there_is_no_data() -> None:
    ts_us = every(1.0, 25)
    for registers, start in (
        (pair(ts_us), START - timedelta(days=10)),
        (pair(ts_us), START + timedelta(days=10)),
        ({}, START),
        ({INTAKE.point: NO_SAMPLES, UPS.point: NO_SAMPLES}, START),
        ({INTAKE.point: shown(ts_us, np.full(25, np.nan)), UPS.point: steady(ts_us, 1.0)}, START),
        ({INTAKE.point: steady(ts_us[:1], 1.0), UPS.point: steady(ts_us, 1.0)}, START),
    ):
        result = one_result(measured(PLAIN, registers, [window(DAY_H, start)]), "pue")

        assert (result.withheld, result.coverage_ratio) == (Withheld.NO_DATA, 0.0)


def test_an_empty_period_has_no_data_and_no_period_has_no_result() -> None:
    ts_us = every(1.0, 25)

    assert pue_of(pair(ts_us), 0.0).withheld is Withheld.NO_DATA
    assert measure(measured(PLAIN, pair(ts_us), [])) == []


def test_a_period_that_ends_between_two_readings_and_begins_at_a_break() -> None:
    """The count breaks at 100 h: what lies before and after is known by itself."""
    ts_us = every(1.0, 241)
    registers = pair(ts_us) | {INTAKE.point: shown(ts_us, with_new_meter(ts_us, 100.0))}
    before, after, across = results(
        measured(
            PLAIN,
            registers,
            [
                window(49.0, START + timedelta(hours=50)),
                window(50.25, START + timedelta(hours=100)),
                window(10.0, START + timedelta(hours=95)),
            ],
        ),
        "pue",
    )

    for one, coverage in ((before, 1.0), (after, 1.0), (across, 0.9)):
        assert one.value == pytest.approx(1.3)
        assert one.coverage_ratio == pytest.approx(coverage)


def test_what_was_imported_is_said_of_the_periods_that_it_touches() -> None:
    days = [window(DAY_H, START + timedelta(days=n)) for n in range(3)]
    imported = (Window(name="import", start=START, end=START + timedelta(hours=25)),)
    found = measured(PLAIN, pair(every(1.0, 73)), days, imported=imported)

    assert [one.origin for one in measure(found, [KPIS["pue"]])] == [
        Origin.IMPORTED,
        Origin.IMPORTED,
        Origin.MEASURED,
    ]


@given(st.permutations(range(6)), st.floats(0.01, 100.0))
def test_the_order_of_meters_and_their_unit_do_not_matter(order: list[int], unit: float) -> None:
    """Four loads of the IT, two intakes; counts in another unit, by every meter."""
    meters = [
        *(meter(f"intake_{n}", Role.UTILITY_INTAKE, max_rate_per_h=400.0 * unit) for n in range(2)),
        *(meter(f"ups_{n}", Role.UPS_OUTPUT, max_rate_per_h=300.0 * unit) for n in range(4)),
    ]
    ts_us = every(0.7, 60, first_h=-2.0)
    kw = [120.0, 140.0, 40.0, 60.0, 45.0, 55.0]
    registers = {
        one.point: steady(ts_us, unit * each, unit * 100.0)
        for one, each in zip(meters, kw, strict=True)
    }
    site = site_of(*(meters[n] for n in order))
    value, expanded = known(one_result(measured(site, registers, [window(DAY_H)]), "pue"))
    plain = site_of(
        *(replace(one, max_rate_per_h=(one.max_rate_per_h or 0.0) / unit) for one in meters)
    )
    base = {one.point: steady(ts_us, each, 100.0) for one, each in zip(meters, kw, strict=True)}

    assert value == pytest.approx(1.3)
    assert expanded == pytest.approx(
        known(one_result(measured(plain, base, [window(DAY_H)]), "pue"))[1], rel=1e-6
    )


@given(st.integers(1, 60), st.integers(1, 60))
def test_uncertainty_grows_with_the_gap_around_an_edge(one: int, other: int) -> None:
    less, more = sorted((one, other))

    def expanded(minutes: int) -> float:
        ts_us = at_hours([-48.0, -minutes / 60.0, minutes / 60.0, 24.0])
        return known(pue_of(pair(ts_us), DAY_H))[1]

    assert expanded(less) <= expanded(more) + 1e-12
