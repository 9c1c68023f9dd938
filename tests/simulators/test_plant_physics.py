"""The plant's physics: every joule leaves somewhere, and a year looks like one of Paris."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.readings import FloatArray
from simulators.plant import DEFAULT_EPOCH, Plant, residual_baseline
from simulators.plant.fluids import (
    cold_degc,
    density_kg_per_m3,
    flow_m3_per_h,
    heat_capacity_kj_per_kg_k,
)
from simulators.plant.grid import paris_offset_s
from simulators.plant.randomness import constant, normal, smooth, uniform

START = DEFAULT_EPOCH + timedelta(days=90)
END = START + timedelta(days=365)
TEST_DAY = datetime(2025, 11, 11, tzinfo=UTC)  # second Tuesday of November


class Year(NamedTuple):
    plant: Plant
    values: dict[str, FloatArray]

    def mean(self, *keys: str) -> float:
        return float(sum(self.values[key].mean() for key in keys))

    def total(self, *keys: str) -> FloatArray:
        return np.asarray(sum(self.values[key] for key in keys))


def us(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000


def grid(start: datetime, end: datetime, step_s: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(us(start), us(end), step_s * 1_000_000, dtype=np.int64)


@pytest.fixture(scope="module", params=[1, 2])
def year(request: pytest.FixtureRequest) -> Year:
    plant = Plant(request.param)
    return Year(plant, plant.true_values(grid(START, END, 1800)))


def test_every_joule_leaves_somewhere(year: Year) -> None:
    # off the nodes as well: 421 s is no multiple of their distance
    found = year.plant.balance(grid(START, START + timedelta(days=60), 421))
    entered = found.pop("electricity_in_kw")
    left = found.pop("heat_out_kw")

    np.testing.assert_allclose(left, entered, rtol=1e-9)
    assert len(found) >= 13
    for law, residual in found.items():
        assert np.abs(residual / entered).max() < 1e-9, law


def test_balance_is_that_of_the_signals(year: Year) -> None:
    values = year.values
    sources = ("intake_a", "intake_b", "genset_meter", "pv_meter")
    entered = year.total(*(f"{s}.active_power_kw" for s in sources))
    feeds = ("mech_board_a", "mech_board_b", "heat_pump_board", "general_services")
    fed = year.total(*(f"{f}.active_power_kw" for f in feeds))
    fed += values["ups_a.input_power_kw"] + values["ups_b.input_power_kw"]
    lost = (entered - fed) / entered

    assert lost.min() > 0.005
    assert lost.max() < 0.012
    assert min(values[f"{s}.active_power_kw"].min() for s in sources) >= 0.0


def test_ups_efficiency_and_its_pump(year: Year) -> None:
    values = year.values
    for ups in ("ups_a", "ups_b"):
        efficiency = values[f"{ups}.output_power_kw"] / values[f"{ups}.input_power_kw"]
        assert efficiency.min() > 0.94
        assert efficiency.max() < 0.965
    pump = values["ups_pump_meter.active_power_kw"]
    assert pump.min() > 4.0
    assert pump.max() < 6.0
    racks = year.total(*(f"pdu_{n:02d}.active_power_kw" for n in range(7, 13)))
    np.testing.assert_allclose(values["ups_b.output_power_kw"] - pump, racks * 1.003, rtol=1e-9)


def test_servers_draw_what_the_site_is_said_to_draw(year: Year) -> None:
    it = year.total(*(f"pdu_{n:02d}.active_power_kw" for n in range(1, 13)))

    assert it.min() > 210.0
    assert it.max() < 300.0
    assert 235.0 < it.mean() < 275.0
    for rack in ("pdu_06", "pdu_12"):
        power = year.values[f"{rack}.active_power_kw"]
        assert power.min() >= 18.0
        assert power.max() <= 30.0
        outlets = year.total(*(f"{rack}.outlet_{n:02d}_power_kw" for n in range(1, 13)))
        np.testing.assert_allclose(outlets, power, rtol=1e-9)


def test_annual_figures_are_plausible(year: Year) -> None:
    truth = year.plant.truth(START, END)

    assert 1.25 < truth.pue < 1.45
    assert 0.05 < truth.wue_l_per_kwh < 0.3
    assert 0.25 < truth.erf < 0.5
    assert 0.8e6 < truth.e_reuse_kwh < 1.6e6
    assert 0.0 < truth.w_potable_m3 < truth.w_in_m3
    assert truth.e_it_ups_kwh == pytest.approx(1.003 * truth.e_it_kwh, rel=1e-9)
    heat = year.mean("heat_pump_1.heat_power_kw", "heat_pump_2.heat_power_kw")
    power = year.mean("heat_pump_1.active_power_kw", "heat_pump_2.active_power_kw")
    assert 3.2 < heat / power < 4.5
    assert 0.4 < np.mean(year.values["free_cooling.share_ratio"] > 0.5) < 0.6


def test_seasons_show(year: Year) -> None:
    july = year.plant.truth(datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC))
    january = year.plant.truth(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))

    assert january.erf > 4.0 * july.erf
    assert july.wue_l_per_kwh > january.wue_l_per_kwh
    summer = year.plant.true_values(
        grid(datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC), 3600)
    )
    assert summer["heat_meter_greenhouse.heat_power_kw"].max() == 0.0
    assert summer["heat_meter_loop.heat_power_kw"].min() > 5.0


def test_weather_is_that_of_paris(year: Year) -> None:
    temp = year.values["weather_mast.outdoor_temp_degc"]

    assert 11.0 < temp.mean() < 14.0
    assert temp.max() > 30.0
    assert temp.min() < 0.0
    assert 1000.0 < year.mean("weather_mast.irradiance_w_per_m2") * 8.76 < 1400.0
    assert 0.6 < year.mean("weather_mast.relative_humidity_ratio") < 0.85
    assert 0.02 < np.mean(year.values["weather_mast.wind_speed_m_per_s"] > 5.0) < 0.3


def test_heat_meters_are_consistent_with_themselves(year: Year) -> None:
    for name in ("loop", "greenhouse", "source", "dlc", "chilled_water"):
        power, flow, hot, cold, spread = (
            year.values[f"heat_meter_{name}.{point}"]
            for point in (
                "heat_power_kw",
                "flow_m3_per_h",
                "supply_temp_degc",
                "return_temp_degc",
                "delta_t_k",
            )
        )
        carried = density_kg_per_m3(cold) * heat_capacity_kj_per_kg_k(0.5 * (hot + cold))
        np.testing.assert_allclose(power, carried / 3600.0 * flow * spread, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(hot - cold, spread, atol=1e-9)
        assert spread.min() >= 0.0


def test_loop_temperatures_are_those_of_the_district(year: Year) -> None:
    values = year.values

    assert values["heat_meter_loop.supply_temp_degc"].min() > 61.0
    assert values["heat_meter_loop.supply_temp_degc"].max() < 64.0
    assert values["heat_meter_loop.return_temp_degc"].min() > 44.0
    assert values["heat_meter_loop.return_temp_degc"].max() < 49.0
    primary = values["loop_exchanger.primary_inlet_temp_degc"]
    assert (primary > values["loop_exchanger.secondary_outlet_temp_degc"]).all()
    back = values["loop_exchanger.primary_outlet_temp_degc"]
    assert (back > values["loop_exchanger.secondary_inlet_temp_degc"]).all()


def test_free_cooling_follows_the_cold(year: Year) -> None:
    temp = year.values["weather_mast.outdoor_temp_degc"]
    share = year.values["free_cooling.share_ratio"]

    assert share[temp < 9.0].min() == 1.0
    assert share[temp > 17.0].max() == 0.0


def test_generator_test_takes_load_from_the_intakes() -> None:
    plant = Plant(1)
    noon = TEST_DAY + timedelta(hours=13, minutes=15)  # 14:15 in Paris
    at = np.array([us(noon - timedelta(minutes=30)), us(noon)])
    values = plant.true_values(at)
    month = plant.true_values(np.array([us(TEST_DAY), us(TEST_DAY + timedelta(days=28))]))

    assert values["genset_meter.active_power_kw"].tolist() == [0.0, 175.0]
    assert values["genset.run_state"].tolist() == [0.0, 1.0]
    fallen = values["intake_a.active_power_kw"] + values["intake_b.active_power_kw"]
    assert fallen[0] - fallen[1] > 140.0
    assert 0.4 < np.diff(month["genset.run_hours_h"])[0] < 0.7
    assert 0.01 < np.diff(month["genset.fuel_volume_m3"])[0] < 0.05


def test_noise_truth_is_the_mean_of_what_the_true_meter_shows() -> None:
    plant = Plant(1)
    start = datetime(2025, 6, 3, 20, 0, tzinfo=UTC)  # 22:00 in Paris: a night of nine hours
    end = start + timedelta(hours=9)
    shown = plant.true_values(
        grid(start + timedelta(minutes=10), end + timedelta(minutes=10), 600)
    )["sound_east.sound_level_laeq_dba"]
    found = plant.truth_noise(start, end)["sound_east"]
    mean = 10.0 * np.log10(np.mean(10.0 ** (shown / 10.0)))

    assert found.ambient_night_dba == pytest.approx(mean, abs=1e-9)
    assert np.isnan(found.ambient_day_dba)
    assert 0.0 < found.emergence_night_db < 6.0


def test_sound_level_holds_for_ten_minutes() -> None:
    start = datetime(2025, 6, 3, 10, 0, tzinfo=UTC)
    series = Plant(1).true_values(grid(start, start + timedelta(hours=1), 60))
    levels = series["sound_north.sound_level_laeq_dba"].reshape(6, 10)

    assert (levels == levels[:, :1]).all()
    assert np.unique(levels).size == 6


def test_residual_baseline_agrees_with_a_year(year: Year) -> None:
    noise = year.plant.truth_noise(START, END)

    for point, declared in residual_baseline().items():
        found = noise[point]
        # the year has wind, the declared baseline has not
        assert found.residual_day_dba == pytest.approx(declared.day_dba, abs=0.4)
        assert found.residual_night_dba == pytest.approx(declared.night_dba, abs=0.6)
        assert 0.0 < found.emergence_day_db < 3.0
        assert 0.2 < found.emergence_night_db < 3.0


def test_paris_time_is_that_of_the_time_zone_files() -> None:
    zone = ZoneInfo("Europe/Paris")
    moments = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(52_600)]
    unix_s = np.array([int(m.timestamp()) for m in moments], dtype=np.int64)
    expected = [m.astimezone(zone).utcoffset() for m in moments]

    found = [timedelta(seconds=int(s)) for s in paris_offset_s(unix_s)]
    assert found == expected


def test_water_properties_match_published_values() -> None:
    # IAPWS-95 at 0.1 MPa: 20, 50 and 80 degC
    temp = np.array([20.0, 50.0, 80.0])

    np.testing.assert_allclose(density_kg_per_m3(temp), [998.21, 988.03, 971.79], rtol=1e-4)
    np.testing.assert_allclose(heat_capacity_kj_per_kg_k(temp), [4.184, 4.182, 4.197], rtol=1e-3)


def test_cold_pipe_inverts_flow() -> None:
    hot, cold = np.array([62.3, 23.0, 36.0]), np.array([46.0, 17.0, 12.0])
    heat = np.array([250.0, 240.0, 5.0])
    flow = flow_m3_per_h(heat, hot, cold)

    np.testing.assert_allclose(cold_degc(heat, flow, hot), cold, atol=1e-9)
    np.testing.assert_array_equal(cold_degc(0.0 * heat, 0.0 * flow, hot), hot)


@given(seed=st.integers(-(2**40), 2**40), stream=st.text(max_size=20))
def test_a_constant_is_the_first_draw_of_its_stream(seed: int, stream: str) -> None:
    first = uniform(seed, stream, np.zeros(1, np.int64))[0]
    assert constant(seed, stream) == 2.0 * first - 1.0


def test_randomness_is_sound() -> None:
    index = np.arange(-50_000, 50_000)
    flat, bell = uniform(9, "test", index), normal(9, "test", index)
    curve = smooth(9, "test", np.arange(0.0, 40_000.0, 0.5), 3.3)

    assert flat.min() >= 0.0
    assert flat.max() < 1.0
    assert flat.mean() == pytest.approx(0.5, abs=0.005)
    assert np.corrcoef(flat[:-1], flat[1:])[0, 1] == pytest.approx(0.0, abs=0.015)
    assert bell.mean() == pytest.approx(0.0, abs=0.015)
    assert bell.std() == pytest.approx(1.0, abs=0.01)
    assert curve.std() == pytest.approx(1.0, abs=0.03)
    assert not np.array_equal(flat, uniform(9, "tset", index))
