"""What befalls the plant: felt where it should be, nowhere else, and never against physics."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from models.readings import FloatArray
from simulators.plant import DEFAULT_EPOCH, Plant, ScenarioError, ScenarioEvent, ScenarioKind
from simulators.plant.heat import Heat, missed_kw
from simulators.scenario_file import load_scenario

START = datetime(2025, 1, 21, tzinfo=UTC)
END = START + timedelta(days=2)
DAY = timedelta(days=1)
LOOP = "heat_meter_loop.heat_power_kw"


def us(time: datetime) -> int:
    return round(time.timestamp()) * 1_000_000


def event(kind: str, device: str = "", **params: float) -> ScenarioEvent:
    return ScenarioEvent(
        kind=ScenarioKind(kind), start=START, end=END, device=device, params=params
    )


def inside(plant: Plant) -> Mapping[str, FloatArray]:
    """Signals within the event, off the nodes too, its first and last node left out."""
    return plant.true_values(np.arange(us(START), us(END - timedelta(minutes=6)), 421_000_000))


@pytest.fixture(scope="module")
def plain() -> Plant:
    return Plant(3)


@pytest.mark.parametrize("first_day", [9, 195], ids=["winter", "summer"])
def test_every_joule_leaves_somewhere_whatever_happens(first_day: int) -> None:
    begin = DEFAULT_EPOCH + first_day * DAY
    events = []
    for n, kind in enumerate(ScenarioKind):
        start = begin + timedelta(days=1, hours=7 * n)
        events.append(ScenarioEvent(kind=kind, start=start, end=start + 2 * DAY))
    partly = {"refused_ratio": 0.7}
    late = ScenarioEvent(
        kind=ScenarioKind.LOOP_REFUSES_HEAT,
        start=begin + 4 * DAY,
        end=begin + 5 * DAY,
        params=partly,
    )
    stopped = ScenarioEvent(
        kind=ScenarioKind.HEAT_PUMPS_STOPPED,
        start=begin + 4 * DAY,
        end=begin + 5 * DAY,
        params={"stopped_ratio": 0.5},
    )
    plant = Plant(2, scenario=(*events, late, stopped))
    found = plant.balance(np.arange(us(begin), us(begin + 7 * DAY), 61_000_000))
    entered = found.pop("electricity_in_kw")

    np.testing.assert_allclose(found.pop("heat_out_kw"), entered, rtol=1e-12)
    for law, residual in found.items():
        assert np.abs(residual / entered).max() < 1e-12, law
    values = plant.true_values(np.arange(us(begin), us(begin + 7 * DAY), 300_000_000))
    for key, series in values.items():
        assert np.isfinite(series).all(), key
        if key.endswith(("_power_kw", "flow_m3_per_h")):
            assert series.min() >= -1e-9, key


def test_before_an_event_nothing_is_changed_and_after_it_powers_are_as_ever(plain: Plant) -> None:
    touched = Plant(3, scenario=(event("loop_refuses_heat"), event("ups_on_bypass")))
    before = np.arange(us(START - DAY), us(START - timedelta(minutes=5)), 600_000_000)
    after = np.arange(us(END + timedelta(minutes=10)), us(END + DAY), 600_000_000)

    asked_late_first = touched.true_values(after)
    untouched = plain.true_values(before)
    for key, series in touched.true_values(before).items():
        np.testing.assert_array_equal(series, untouched[key], err_msg=key)
    as_ever = plain.true_values(after)
    for key in as_ever:
        if key.endswith("_power_kw"):
            np.testing.assert_allclose(asked_late_first[key], as_ever[key], rtol=1e-12, atol=1e-12)


def test_a_loop_that_refuses_gets_no_heat_and_misses_none(plain: Plant) -> None:
    plant = Plant(3, scenario=(event("loop_refuses_heat"),))
    values = inside(plant)
    truth, usual = plant.truth(START, END), plain.truth(START, END)

    assert values[LOOP].max() < 1e-9
    assert values["loop_exchanger.requested_heat_kw"].max() == 0.0
    assert values["heat_pump_1.active_power_kw"].max() < 1e-9
    assert values["heat_meter_loop.flow_m3_per_h"].max() < 1e-9
    assert values["heat_meter_loop.delta_t_k"].max() < 1e-6
    # ramps of one node at the ends are all that is left
    assert truth.heat.q_loop_kwh < 0.01 * usual.heat.q_loop_kwh
    assert truth.heat.q_missed_kwh < 1.0
    assert truth.cooling.q_free_cooling_kwh > usual.cooling.q_free_cooling_kwh
    assert truth.heat.q_greenhouse_kwh == pytest.approx(usual.heat.q_greenhouse_kwh, rel=1e-9)
    assert truth.erf < 0.3 * usual.erf


def test_half_a_refusal_is_half_the_wish(plain: Plant) -> None:
    plant = Plant(3, scenario=(event("loop_refuses_heat", refused_ratio=0.5),))
    wish = "loop_exchanger.requested_heat_kw"

    np.testing.assert_allclose(inside(plant)[wish], 0.5 * inside(plain)[wish], rtol=1e-12)


def test_heat_that_stopped_machines_do_not_give_is_missed() -> None:
    plant = Plant(3, scenario=(event("heat_pumps_stopped"),))
    values = inside(plant)
    truth = plant.truth(START, END).heat
    rejected = (
        values["free_cooling.heat_power_kw"]
        + values["chiller_1.cooling_power_kw"]
        + values["chiller_2.cooling_power_kw"]
    )
    wish = values["loop_exchanger.requested_heat_kw"]
    # 0.505 of Carnot from 17 degC to the 62.3 degC of a standing exchanger
    cop = 0.505 * (62.3 + 273.15) / (62.3 - 17.0)
    raisable = rejected * cop / (cop - 1.0)
    expected = np.minimum(np.minimum(wish, raisable), 297.0).mean() * 48.0

    assert values[LOOP].max() < 1e-9
    assert truth.q_unserved_kwh == pytest.approx(truth.q_requested_kwh, rel=0.01)
    assert truth.q_missed_kwh == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("unserved_kw", "rejected_kw", "loop_kw", "expected_kw"),
    [
        (50.0, 200.0, 100.0, 50.0),  # asked for no more
        (150.0, 60.0, 100.0, 80.0),  # 60 kW raised at a COP of 4
        (150.0, 200.0, 250.0, 47.0),  # the machines give 297 kW at most
        (0.0, 200.0, 100.0, 0.0),
    ],
)
def test_missed_heat_is_the_least_of_three(
    unserved_kw: float, rejected_kw: float, loop_kw: float, expected_kw: float
) -> None:
    recovered = SimpleNamespace(
        unserved_kw=np.array([unserved_kw]),
        raising_cop=np.array([4.0]),
        loop_kw=np.array([loop_kw]),
    )
    found = missed_kw(cast(Heat, recovered), np.array([rejected_kw]))
    assert found[0] == pytest.approx(expected_kw)


def test_a_fouled_exchanger_costs_electricity_not_heat(plain: Plant) -> None:
    plant = Plant(3, scenario=(event("fouled_exchanger", ua_ratio=0.5),))
    truth, usual = plant.truth(START, END), plain.truth(START, END)

    assert truth.heat.q_loop_kwh == pytest.approx(usual.heat.q_loop_kwh, rel=1e-9)
    # half of what it was
    ratio = truth.exchanger.exchanger_ua_mean_kw_per_k / usual.exchanger.exchanger_ua_mean_kw_per_k
    assert ratio == pytest.approx(0.5, abs=0.002)
    clean = usual.exchanger.exchanger_clean_ratio_start
    assert truth.exchanger.exchanger_clean_ratio_start == pytest.approx(0.5 * clean, rel=1e-9)
    assert truth.exchanger.exchanger_clean_ratio_end == usual.exchanger.exchanger_clean_ratio_end
    assert truth.heat.cop_machines < usual.heat.cop_machines - 0.02
    assert truth.pue > usual.pue


def test_fouling_may_grow(plain: Plant) -> None:
    plant = Plant(3, scenario=(event("fouled_exchanger", ua_ratio=0.6, grows_days=4.0),))
    clean = plain.truth(START + DAY, END).exchanger.exchanger_clean_ratio_start
    found = plant.truth(START + DAY, END).exchanger.exchanger_clean_ratio_start

    assert found / clean == pytest.approx(0.9, rel=1e-9)


def test_a_running_generator_takes_load_and_burns_fuel(plain: Plant) -> None:
    plant = Plant(3, scenario=(event("generator_runs", power_kw=120.0),))
    values, usual = inside(plant), inside(plain)
    truth = plant.truth(START, END)

    assert (values["genset_meter.active_power_kw"] == 120.0).all()
    assert (values["genset.run_state"] == 1.0).all()
    fallen = sum(
        usual[f"intake_{x}.active_power_kw"] - values[f"intake_{x}.active_power_kw"] for x in "ab"
    )
    np.testing.assert_allclose(fallen, 120.0, rtol=1e-9)
    # the ramp of one node before the start and that after the end make the window whole
    assert truth.e_genset_kwh == pytest.approx(120.0 * 48.0, rel=2e-3)
    assert truth.fuel_m3 == pytest.approx(1e-3 * (0.245 * 120.0 + 9.0) * 48.0, rel=2e-3)
    assert truth.e_dc_kwh == pytest.approx(plain.truth(START, END).e_dc_kwh, rel=1e-12)
    assert values["genset.coolant_temp_degc"][-1] == pytest.approx(84.0, abs=0.1)


def test_the_generator_never_carries_more_than_its_share() -> None:
    values = inside(Plant(3, scenario=(event("generator_runs", power_kw=600.0),)))
    taken = values["genset_meter.active_power_kw"]
    bought = values["intake_a.active_power_kw"] + values["intake_b.active_power_kw"]
    load = taken + bought + values["pv_meter.active_power_kw"]

    np.testing.assert_allclose(taken, 0.6 * load, rtol=1e-9)
    assert bought.min() > 0.0


def test_a_ups_on_bypass_loses_little_and_says_so(plain: Plant) -> None:
    plant = Plant(3, scenario=(event("ups_on_bypass", "ups_a"),))
    values, usual = inside(plant), inside(plain)
    share = values["ups_a.output_power_kw"] / values["ups_a.input_power_kw"]

    np.testing.assert_allclose(share, 0.995, rtol=1e-9)
    assert (values["ups_a.bypass_state"] == 1.0).all()
    assert (values["ups_b.bypass_state"] == 0.0).all()
    assert (usual["ups_a.bypass_state"] == 0.0).all()
    np.testing.assert_array_equal(values["ups_b.input_power_kw"], usual["ups_b.input_power_kw"])
    assert plant.truth(START, END).pue < plain.truth(START, END).pue - 0.01


def test_a_pump_moved_to_the_mechanical_board_is_counted_once(plain: Plant) -> None:
    plant = Plant(3, scenario=(event("ups_pump_moved"),))
    values, usual = inside(plant), inside(plain)
    truth, before = plant.truth(START, END), plain.truth(START, END)
    pump = "ups_pump_meter.active_power_kw"

    np.testing.assert_array_equal(values[pump], usual[pump])
    fallen = usual["ups_b.output_power_kw"] - values["ups_b.output_power_kw"]
    np.testing.assert_allclose(fallen, values[pump], rtol=1e-9)
    assert truth.e_it_ups_kwh == pytest.approx(before.e_it_ups_kwh, rel=1e-12)
    # the UPS room is a little cooler without the pump's share of the losses
    assert truth.cooling.e_cooling_kwh == pytest.approx(before.cooling.e_cooling_kwh, rel=2e-3)
    subtracted_twice = (
        sum(values[f"ups_{x}.output_power_kw"].mean() for x in "ab") - values[pump].mean()
    )
    it = sum(values[f"pdu_{n:02d}.active_power_kw"].mean() for n in range(1, 13))
    assert subtracted_twice < 0.99 * it


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"start": START.replace(tzinfo=None)}, "need a time zone"),
        ({"end": START}, "must lie after start"),
        ({"device": "ups_c"}, "it befalls ups_a, ups_b"),
        ({"kind": ScenarioKind.GENERATOR_RUNS, "device": "ups_a"}, "it takes no device"),
        ({"params": {"speed": 1.0}}, "has no parameter speed; it takes none"),
        (
            {"kind": ScenarioKind.FOULED_EXCHANGER, "params": {"ua_ratio": 0.0}},
            "ua_ratio must be 0.2 to 1.0, got 0.0",
        ),
        (
            {"kind": ScenarioKind.GENERATOR_RUNS, "params": {"power_kw": float("nan")}},
            "power_kw must be",
        ),
    ],
)
def test_events_the_plant_cannot_play(fields: dict[str, object], words: str) -> None:
    usual = {"kind": ScenarioKind.UPS_ON_BYPASS, "start": START, "end": END}
    with pytest.raises(ScenarioError) as caught:
        ScenarioEvent(**(usual | fields))  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_a_scenario_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(
        "- {kind: ups_on_bypass, device: ups_a, start: 2025-01-21T00:00:00Z,"
        " end: 2025-01-23T01:00:00+01:00}\n"
        "- kind: fouled_exchanger\n"
        '  start: "2025-01-21T00:00:00+00:00"\n'
        '  end: "2025-01-23T00:00:00+00:00"\n'
        "  params: {ua_ratio: 0.5}\n"
    )
    assert load_scenario(path) == (
        event("ups_on_bypass", "ups_a"),
        event("fouled_exchanger", ua_ratio=0.5),
    )


WHEN = "start: 2025-01-21T00:00:00Z, end: 2025-01-22T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: fire\n", "must be a list of events"),
        ("- [\n", "scenario.yaml:2:"),
        (f"- {{kind: ups_on_bypass, {WHEN}}}\n- {{kind: fire, {WHEN}}}\n", ":2: 'fire' cannot"),
        ("- {kind: ups_on_bypass}\n", ":1: an event has kind, start, end"),
        (f"- {{kind: ups_on_bypass, {WHEN}, who: me}}\n", ":1: an event has kind, start, end"),
        ("- {kind: ups_on_bypass, start: 2025-01-21, end: tomorrow}\n", "has no offset"),
        ("- {kind: ups_on_bypass, start: soon, end: tomorrow}\n", "is no ISO 8601 time"),
        (f"- {{kind: generator_runs, {WHEN}, params: {{power_kw: much}}}}\n", "object of numbers"),
        (f"- {{kind: generator_runs, {WHEN}, params: {{power_kw: -1}}}}\n", "must be 0.0 to"),
    ],
)
def test_mistakes_in_a_scenario_file(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert words in str(caught.value)


def test_a_missing_scenario_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario(tmp_path / "none.yaml")
