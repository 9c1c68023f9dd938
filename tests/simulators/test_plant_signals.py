"""The plant's signals: complete, deterministic, continuous, integrals of what they count."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.quantities import QUANTITIES, Quantity
from models.readings import IntArray
from simulators.plant import DEFAULT_EPOCH, Plant, PlantTimeError
from simulators.plant.grid import BLOCK_US, NODE_US

NOW = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)
YEAR_US = 365 * 86_400 * 1_000_000

ENERGY = (
    "active_energy_kwh active_power_kw reactive_power_kvar apparent_power_kva power_factor_ratio "
    "frequency_hz voltage_l1_v voltage_l2_v voltage_l3_v current_l1_a current_l2_a current_l3_a"
)
UPS = (
    "input_energy_kwh output_energy_kwh input_power_kw output_power_kw load_ratio "
    "battery_charge_ratio battery_temp_degc output_voltage_v bypass_state battery_state"
)
PDU = (
    "active_energy_kwh active_power_kw current_l1_a current_l2_a current_l3_a voltage_l1_v "
    "voltage_l2_v voltage_l3_v inlet_temp_degc"
)
OUTLETS = " ".join(f"outlet_{n:02d}_power_kw" for n in range(1, 13))
HEAT = (
    "heat_energy_kwh volume_m3 heat_power_kw flow_m3_per_h supply_temp_degc return_temp_degc "
    "delta_t_k error_state"
)
CRAH = (
    "supply_air_temp_degc return_air_temp_degc supply_air_humidity_ratio fan_speed_ratio "
    "valve_ratio active_power_kw"
)
CHILLER = (
    "active_energy_kwh active_power_kw cooling_power_kw evaporator_inlet_temp_degc "
    "evaporator_outlet_temp_degc condenser_inlet_temp_degc condenser_outlet_temp_degc run_state"
)
HEAT_PUMP = (
    "active_energy_kwh active_power_kw heat_power_kw source_inlet_temp_degc "
    "source_outlet_temp_degc sink_inlet_temp_degc sink_outlet_temp_degc run_state"
)
EXCHANGER = (
    "primary_inlet_temp_degc primary_outlet_temp_degc secondary_inlet_temp_degc "
    "secondary_outlet_temp_degc primary_flow_m3_per_h secondary_flow_m3_per_h heat_power_kw "
    "requested_heat_kw"
)
WEATHER = (
    "outdoor_temp_degc relative_humidity_ratio wind_speed_m_per_s irradiance_w_per_m2 pressure_bar"
)
DEVICES = {
    "intake_a intake_b genset_meter pv_meter mech_board_a mech_board_b": ENERGY,
    "heat_pump_board general_services ups_pump_meter": ENERGY,
    "ups_a ups_b": UPS,
    "pdu_01 pdu_02 pdu_03 pdu_04 pdu_05 pdu_07 pdu_08 pdu_09 pdu_10 pdu_11": PDU,
    "pdu_06 pdu_12": f"{PDU} {OUTLETS}",
    "heat_meter_loop heat_meter_greenhouse heat_meter_source": HEAT,
    "heat_meter_dlc heat_meter_chilled_water": HEAT,
    "water_adiabatic water_humidifier water_rain": "volume_m3 flow_m3_per_h",
    "crah_01 crah_02 crah_03 crah_04 crah_05 crah_06": CRAH,
    "sound_east sound_north": "sound_level_laeq_dba sound_level_l90_dba sound_level_max_dba",
    "genset": "fuel_volume_m3 run_state run_hours_h coolant_temp_degc",
    "dry_cooler_1 dry_cooler_2": (
        "fan_speed_ratio inlet_temp_degc outlet_temp_degc active_power_kw adiabatic_state"
    ),
    "chiller_1 chiller_2": CHILLER,
    "free_cooling": "heat_power_kw share_ratio run_state",
    "heat_pump_1 heat_pump_2": HEAT_PUMP,
    "loop_exchanger": EXCHANGER,
    "weather_mast": WEATHER,
}
QUANTITY_OF_ENDING = {
    "apparent_power_kva": Quantity.APPARENT_POWER,
    "reactive_power_kvar": Quantity.REACTIVE_POWER,
    "power_factor_ratio": Quantity.POWER_FACTOR,
    "humidity_ratio": Quantity.RELATIVE_HUMIDITY,
    "heat_energy_kwh": Quantity.HEAT_ENERGY,
    "_kwh": Quantity.ACTIVE_ENERGY,
    "_kw": Quantity.ACTIVE_POWER,
    "_hz": Quantity.FREQUENCY,
    "_v": Quantity.VOLTAGE,
    "_a": Quantity.CURRENT,
    "_degc": Quantity.TEMPERATURE,
    "_k": Quantity.TEMPERATURE_DIFFERENCE,
    "_m3": Quantity.VOLUME,
    "_m3_per_h": Quantity.VOLUME_FLOW,
    "_dba": Quantity.SOUND_LEVEL,
    "_m_per_s": Quantity.WIND_SPEED,
    "_w_per_m2": Quantity.IRRADIANCE,
    "_bar": Quantity.PRESSURE,
    "run_hours_h": Quantity.DURATION,
    "_state": Quantity.STATE,
    "_ratio": Quantity.RATIO,
}
# a register and the power or flow it adds up
COUNTED = {
    "active_energy_kwh": "active_power_kw",
    "input_energy_kwh": "input_power_kw",
    "output_energy_kwh": "output_power_kw",
    "heat_energy_kwh": "heat_power_kw",
    "volume_m3": "flow_m3_per_h",
}


def us(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000


def contract_keys() -> Iterator[str]:
    for devices, points in DEVICES.items():
        for device in devices.split():
            yield from (f"{device}.{point}" for point in points.split())


def spread(start: datetime, days: float, step_s: int) -> IntArray:
    first = us(start)
    return np.arange(first, first + int(days * 86_400e6), step_s * 1_000_000, dtype=np.int64)


def is_register(key: str) -> bool:
    return key.endswith(("_kwh", "_m3", "_hours_h"))


@pytest.fixture(scope="module")
def plant() -> Plant:
    return Plant(1)


def test_has_every_signal_of_the_site(plant: Plant) -> None:
    expected = sorted(contract_keys())

    assert sorted(plant.signal_keys()) == expected
    assert sorted(plant.true_values(np.array([us(NOW)]))) == expected


def test_same_time_gives_same_value_whatever_was_asked_before(plant: Plant) -> None:
    late, early = spread(NOW, 2.0, 3600), spread(NOW - timedelta(days=150), 2.0, 3600)
    other = Plant(1)
    forwards = plant.measured_values(early), plant.measured_values(late)
    backwards = other.measured_values(late), other.measured_values(early)

    for key in plant.signal_keys():
        np.testing.assert_array_equal(forwards[0][key], backwards[1][key])
        np.testing.assert_array_equal(forwards[1][key], backwards[0][key])


def test_order_and_company_of_times_do_not_matter(plant: Plant) -> None:
    times = np.concatenate([spread(NOW, 0.2, 700), spread(NOW - timedelta(days=31), 0.2, 700)])
    shuffled = np.random.default_rng(5).permutation(times.size)
    together = plant.true_values(times)
    mixed = plant.true_values(times[shuffled])
    alone = [plant.true_values(times[n : n + 1]) for n in range(0, times.size, 9)]

    for key in plant.signal_keys():
        np.testing.assert_array_equal(together[key][shuffled], mixed[key])
        np.testing.assert_array_equal(together[key][::9], [one[key][0] for one in alone])


def test_seeds_differ() -> None:
    at = np.array([us(DEFAULT_EPOCH + timedelta(days=3))])
    first, second = Plant(1).true_values(at), Plant(2).true_values(at)

    same = [key for key in first if first[key][0] == second[key][0]]
    # what stands still on a January night is the same in every seed
    resting = (
        "_state",
        "genset",
        "pv_meter",
        "chiller",
        "free_cooling.share",
        "water_",
        "weather_mast.irradiance",
    )
    assert [k for k in same if not k.endswith("_state") and not k.startswith(resting)] == []


def test_power_does_not_depend_on_the_epoch_but_registers_start_there() -> None:
    epoch = datetime(2025, 6, 1, tzinfo=UTC)
    late, early = Plant(3, epoch), Plant(3, epoch - timedelta(days=40))
    times = spread(epoch + timedelta(days=1), 3.0, 1800)
    one, other = late.true_values(times), early.true_values(times)

    for key in (
        "pdu_03.active_power_kw",
        "weather_mast.outdoor_temp_degc",
        "sound_east.sound_level_laeq_dba",
    ):
        np.testing.assert_allclose(one[key], other[key], rtol=1e-12)
    grown = other["intake_a.active_energy_kwh"] - one["intake_a.active_energy_kwh"]
    np.testing.assert_allclose(grown, grown[0], rtol=1e-9)
    assert grown[0] > 40 * 24 * 100


@pytest.mark.parametrize("start", [DEFAULT_EPOCH, NOW - timedelta(days=7)])
def test_registers_are_exact_integrals(plant: Plant, start: datetime) -> None:
    times = spread(start, 12.0, 300)
    values = plant.true_values(times)
    hours = (times - times[0]) / 3600e6

    for key in filter(is_register, plant.signal_keys()):
        device, point = key.split(".")
        if point not in COUNTED:
            continue
        power = values[f"{device}.{COUNTED[point]}"]
        total = np.trapezoid(power, hours)
        np.testing.assert_allclose(values[key][-1] - values[key][0], total, rtol=1e-9, atol=1e-7)


def test_registers_follow_between_nodes(plant: Plant) -> None:
    first = us(NOW) + 17_000_000
    times = np.arange(first, first + 2 * NODE_US, 1_000_000, dtype=np.int64)
    values = plant.true_values(times)
    power, energy = values["ups_b.input_power_kw"], values["ups_b.input_energy_kwh"]
    seconds = np.trapezoid(power) / 3600.0

    # one-second steps miss the corner at a node by less than a second's change of power
    assert energy[-1] - energy[0] == pytest.approx(seconds, abs=1e-4)
    assert np.abs(np.diff(power, 2)).max() < 0.2


def test_registers_never_run_backwards_over_years(plant: Plant) -> None:
    times = spread(DEFAULT_EPOCH, 690.0, 8 * 3600)
    true, measured = plant.true_values(times), plant.measured_values(times)

    for key in filter(is_register, plant.signal_keys()):
        assert (np.diff(true[key]) >= 0.0).all(), key
        assert (np.diff(measured[key]) >= 0.0).all(), key


def test_nothing_jumps_at_the_seam_of_two_blocks(plant: Plant) -> None:
    # the 21st seam falls in summer, when water flows and the tank matters
    for block in (1, 20, 21):
        seam = us(DEFAULT_EPOCH) + block * BLOCK_US
        values = plant.measured_values(np.array([seam - 1000, seam, seam + 1000]))
        for key, (before, at, after) in values.items():
            if key.endswith(("_state", "_dba")):
                continue
            assert before == pytest.approx(at, rel=1e-6, abs=1e-5), key
            assert after == pytest.approx(at, rel=1e-6, abs=1e-5), key


def test_every_value_is_physical(plant: Plant) -> None:
    times = spread(DEFAULT_EPOCH, 365.0, 1800)
    values = plant.measured_values(times)

    for key in plant.signal_keys():
        quantity = next(q for end, q in QUANTITY_OF_ENDING.items() if key.endswith(end))
        limits = QUANTITIES[quantity]
        assert np.isfinite(values[key]).all(), key
        assert values[key].min() >= limits.lower, key
        assert values[key].max() <= limits.upper, key


def test_values_live_over_minutes(plant: Plant) -> None:
    values = plant.measured_values(spread(NOW, 0.25, 300))

    still = {key for key, series in values.items() if np.unique(series).size == 1}
    allowed = ("_state", "genset", "water_", "chiller_", "pv_meter", "free_cooling.share")
    assert all(key.endswith("_state") or key.startswith(allowed) for key in still), still
    assert len(still) < 0.15 * len(values)


def test_the_district_takes_heat_in_late_november(plant: Plant) -> None:
    at = spread(datetime(2026, 11, 20, tzinfo=UTC), 1.0, 600)

    assert plant.true_values(at)["heat_meter_loop.heat_power_kw"].min() > 30.0


def test_times_before_the_epoch_are_refused(plant: Plant) -> None:
    with pytest.raises(PlantTimeError, match="before its epoch"):
        plant.true_values(np.array([us(DEFAULT_EPOCH) - 1]))
    with pytest.raises(PlantTimeError, match="must not end"):
        plant.truth(NOW, NOW - timedelta(hours=1))
    with pytest.raises(PlantTimeError, match="no time zone"):
        plant.truth(NOW.replace(tzinfo=None), NOW)
    with pytest.raises(PlantTimeError, match="whole ten minutes"):
        Plant(1, DEFAULT_EPOCH + timedelta(minutes=5))


def test_no_times_give_no_values(plant: Plant) -> None:
    values = plant.measured_values(np.empty(0, np.int64))

    assert {series.size for series in values.values()} == {0}


@settings(max_examples=40, deadline=None)
@given(offsets=st.lists(st.integers(0, YEAR_US), min_size=3, max_size=3, unique=True))
def test_truth_adds_up(plant: Plant, offsets: list[int]) -> None:
    a, b, c = (DEFAULT_EPOCH + timedelta(microseconds=o) for o in sorted(offsets))
    parts = [plant.truth(start, end) for start, end in pairwise((a, b, c))]
    whole = plant.truth(a, c)

    for name in ("e_dc_kwh", "e_it_kwh", "e_it_ups_kwh", "w_in_m3", "e_reuse_kwh"):
        total = sum(getattr(part, name) for part in parts)
        assert getattr(whole, name) == pytest.approx(total, rel=1e-9, abs=1e-6)
