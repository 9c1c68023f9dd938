import numpy as np
import pytest

from simulators.plant import Plant
from simulators.site import SimulatedSite
from simulators.values import LiveValues
from tests.simulators.sites import NOON_US, HandClock


def test_live_values_are_the_measured_ones_with_a_little_flicker(
    one_plant: Plant, site: SimulatedSite
) -> None:
    live = LiveValues(one_plant, site.points(), HandClock()).current().values
    measured = one_plant.measured_values(np.array([NOON_US]))
    for key, point in site.points().items():
        plain = measured[key][0]
        if point.kind != "gauge" or point.quantity == "sound_level":
            assert live[key] == plain
        elif point.quantity == "wind_speed":
            assert live[key] == pytest.approx(plain, rel=0.06)
        elif point.quantity in {"temperature", "temperature_difference"}:
            assert live[key] == pytest.approx(plain, abs=0.031)
        else:
            assert live[key] == pytest.approx(plain, rel=6e-3, abs=1e-9)


def test_gauges_flicker_and_the_same_instant_is_the_same(
    one_plant: Plant, site: SimulatedSite
) -> None:
    clock = HandClock()
    live = LiveValues(one_plant, site.points(), clock)
    first = live.current()
    clock.advance(0.4)
    assert live.current() is first
    clock.advance(0.2)
    second = live.current()
    assert second.version == first.version + 1
    key = "intake_a.voltage_l1_v"
    assert second.values[key] != first.values[key]
    again = LiveValues(one_plant, site.points(), HandClock()).current()
    assert again.values == first.values


def test_a_clock_set_back_is_followed(one_plant: Plant, site: SimulatedSite) -> None:
    clock = HandClock()
    live = LiveValues(one_plant, site.points(), clock)
    live.current()
    clock.advance(-3600)
    assert live.current().ts_us == clock.now_us


def test_true_values_are_without_meter_errors(one_plant: Plant, site: SimulatedSite) -> None:
    live = LiveValues(one_plant, site.points(), HandClock())
    true = one_plant.true_values(np.array([NOON_US]))
    now = live.true_now()
    assert now == {key: float(true[key][0]) for key in site.points()}
    key = "pdu_01.active_energy_kwh"
    assert now[key] != live.measured_at(NOON_US)[key]
