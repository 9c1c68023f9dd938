"""The truth beside a plain reckoning from the signals, by sums that share no code with it."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.kpi.registry import KPIS
from models.readings import FloatArray
from simulators.kpi_truths import KPI_TRUTHS, NOISE_TRUTHS
from simulators.plant import DEFAULT_EPOCH, Plant, PlantTimeError, Truth
from simulators.plant.truth_weather import local_midnights
from simulators.truth_document import truth_document

DAYS = 3
# free cooling and heat pumps at their limit; chillers, free cooling and panels by the hour
WINDOWS = (datetime(2025, 2, 4, tzinfo=UTC), datetime(2025, 4, 22, tzinfo=UTC))
MAST = "weather_mast.outdoor_temp_degc"


def us(time: datetime) -> int:
    return round(time.timestamp()) * 1_000_000


class Sampled(NamedTuple):
    """A window, its truth, and its signals every minute."""

    truth: Truth
    values: dict[str, FloatArray]

    def kwh(self, *keys: str) -> float:
        """Every power is linear between nodes of five minutes: trapezoids are exact."""
        powers = sum(self.values[key] for key in keys)
        return float(np.trapezoid(powers, dx=1.0 / 60.0))

    def mean_degc(self, *meters: str) -> float:
        """Weighted by heat."""
        heats = [self.values[f"{m}.heat_power_kw"] for m in meters]
        weighted = sum(
            h * self.values[f"{m}.supply_temp_degc"] for h, m in zip(heats, meters, strict=True)
        )
        return float(np.trapezoid(weighted) / np.trapezoid(sum(heats)))


@pytest.fixture(scope="module", params=WINDOWS, ids=["winter", "spring"])
def sampled(request: pytest.FixtureRequest) -> Sampled:
    start: datetime = request.param
    end = start + timedelta(days=DAYS)
    plant = Plant(5)
    minutes = np.arange(us(start), us(end) + 1, 60_000_000, dtype=np.int64)
    return Sampled(plant.truth(start, end), plant.true_values(minutes))


def powers(*devices: str) -> tuple[str, ...]:
    return tuple(f"{device}.active_power_kw" for device in devices)


def test_pue_family_is_that_of_the_signals(sampled: Sampled) -> None:
    truth = sampled.truth
    e_dc = sampled.kwh(*powers("intake_a", "intake_b", "genset_meter", "pv_meter"))
    e_it = sampled.kwh(*powers(*(f"pdu_{n:02d}" for n in range(1, 13))))
    ups = sampled.kwh("ups_a.output_power_kw", "ups_b.output_power_kw")
    pump, lifted = sampled.kwh(*powers("ups_pump_meter")), sampled.kwh(*powers("heat_pump_board"))
    reused = sampled.kwh("heat_meter_loop.heat_power_kw", "heat_meter_greenhouse.heat_power_kw")

    assert truth.pue == pytest.approx(e_dc / e_it, rel=1e-9)
    assert truth.pue_category1 == pytest.approx(e_dc / (ups - pump), rel=1e-9)
    assert truth.pue_without_heat_pumps == pytest.approx((e_dc - lifted) / e_it, rel=1e-9)
    assert truth.ere == pytest.approx((e_dc - reused) / e_it, rel=1e-9)
    assert truth.ere == pytest.approx((1.0 - truth.erf) * truth.pue, rel=1e-12)
    assert truth.ref_onsite == pytest.approx(sampled.kwh(*powers("pv_meter")) / e_dc, rel=1e-9)
    assert truth.load_factor == pytest.approx(e_it / (420.0 * 24.0 * DAYS), rel=1e-9)


def test_water_is_that_of_the_signals(sampled: Sampled) -> None:
    truth = sampled.truth
    potable = sampled.kwh("water_adiabatic.flow_m3_per_h", "water_humidifier.flow_m3_per_h")
    rain = sampled.kwh("water_rain.flow_m3_per_h")
    panels = sampled.kwh("water_adiabatic.flow_m3_per_h", "water_rain.flow_m3_per_h")

    assert truth.w_rain_m3 == pytest.approx(rain, abs=1e-9)
    assert truth.wue_potable_l_per_kwh == pytest.approx(1e3 * potable / truth.e_it_kwh, rel=1e-9)
    # three cycles of concentration: two thirds of the make-up evaporate
    assert truth.cooling.evaporated_panels_m3 == pytest.approx(panels * 2.0 / 3.0, abs=1e-9)


def test_cooling_is_that_of_the_signals(sampled: Sampled) -> None:
    truth, values = sampled.truth.cooling, sampled.values
    work = sampled.kwh(*powers("mech_board_a", "mech_board_b", "ups_pump_meter"))
    chilled = sampled.kwh("heat_meter_chilled_water.heat_power_kw")
    liquid = 0.75 * sampled.kwh(*powers("pdu_06", "pdu_12"))
    chillers = sampled.kwh("chiller_1.cooling_power_kw", "chiller_2.cooling_power_kw")
    free = sampled.kwh("free_cooling.heat_power_kw")

    assert truth.q_removed_chilled_kwh == pytest.approx(chilled, rel=1e-9)
    assert truth.q_liquid_kwh == pytest.approx(liquid, rel=1e-9)
    assert truth.e_cooling_kwh == pytest.approx(work, rel=1e-9)
    used = sampled.kwh("heat_meter_dlc.heat_power_kw")
    assert truth.q_liquid_rejected_kwh == pytest.approx(liquid - used, abs=1e-6)
    assert truth.free_cooling_heat_ratio == pytest.approx(free / (free + chillers), rel=1e-9)
    if chillers:
        electricity = sampled.kwh(*powers("chiller_1", "chiller_2"))
        assert truth.eer_chillers == pytest.approx(chillers / electricity, rel=1e-9)
    else:
        assert np.isnan(truth.eer_chillers)
    standing = values["chiller_1.cooling_power_kw"] + values["chiller_2.cooling_power_kw"] < 1.0
    hours = DAYS * 24.0 * float(standing.mean())
    assert truth.free_cooling_alone_h == pytest.approx(hours, abs=0.5)
    assert truth.cooling_hours_h == pytest.approx(DAYS * 24.0)


def test_heat_is_that_of_the_signals(sampled: Sampled) -> None:
    truth = sampled.truth.heat
    condenser = sampled.kwh("heat_pump_1.heat_power_kw", "heat_pump_2.heat_power_kw")
    compressors = sampled.kwh(*powers("heat_pump_1", "heat_pump_2"))
    loop = sampled.kwh("heat_meter_loop.heat_power_kw")
    requested = sampled.kwh("loop_exchanger.requested_heat_kw")

    assert truth.cop_machines == pytest.approx(condenser / compressors, rel=1e-9)
    board = sampled.kwh(*powers("heat_pump_board"))
    assert truth.cop_plant == pytest.approx(loop / board, rel=1e-9)
    assert truth.q_requested_kwh == pytest.approx(requested, rel=1e-9)
    assert truth.q_unserved_kwh == pytest.approx(requested - loop, rel=1e-6, abs=1e-6)
    assert 0.0 <= truth.q_missed_kwh <= truth.q_unserved_kwh + 1e-9
    # a product is not linear between nodes: the truth is good to a thousandth of a kelvin
    meters = ("heat_meter_loop", "heat_meter_greenhouse")
    found = (truth.supply_temp_loop_degc, truth.supply_temp_greenhouse_degc)
    for meter, mean in zip(meters, found, strict=True):
        assert mean == pytest.approx(sampled.mean_degc(meter), abs=1e-3)
    assert truth.supply_temp_delivered_degc == pytest.approx(sampled.mean_degc(*meters), abs=1e-3)


def test_ua_is_heat_over_the_logarithmic_mean_difference(sampled: Sampled) -> None:
    truth, values = sampled.truth.exchanger, sampled.values

    def ua(at: int) -> float:
        ends = ("primary_inlet", "primary_outlet", "secondary_inlet", "secondary_outlet")
        hot_in, hot_out, cold_in, cold_out = (
            float(values[f"loop_exchanger.{end}_temp_degc"][at]) for end in ends
        )
        warm, cool = hot_in - cold_out, hot_out - cold_in
        mean = (warm - cool) / np.log(warm / cool)
        return float(values["heat_meter_loop.heat_power_kw"][at] / mean)

    # the plant's own effectiveness takes a constant heat capacity: half a percent apart
    assert truth.exchanger_ua_start_kw_per_k == pytest.approx(ua(0), rel=5e-3)
    assert truth.exchanger_ua_end_kw_per_k == pytest.approx(ua(-1), rel=5e-3)
    every = [ua(at) for at in range(0, DAYS * 1440, 30)]
    assert truth.exchanger_ua_mean_kw_per_k == pytest.approx(np.mean(every), rel=5e-3)
    load = values["heat_meter_loop.heat_power_kw"][0] / 300.0
    clean = truth.exchanger_ua_start_kw_per_k / (185.0 * load**0.7)
    assert truth.exchanger_clean_ratio_start == pytest.approx(clean, rel=1e-9)
    assert truth.exchanger_clean_ratio_end < truth.exchanger_clean_ratio_mean < 1.0


def test_cleaning_in_september_restores_the_exchanger() -> None:
    plant = Plant(5)
    at = datetime(2025, 9, 1, tzinfo=UTC)
    before = plant.truth(at, at + timedelta(days=5)).exchanger
    after = plant.truth(at + timedelta(days=20), at + timedelta(days=25)).exchanger

    assert before.exchanger_clean_ratio_mean == pytest.approx(1.0 / 1.33, abs=0.01)
    assert after.exchanger_clean_ratio_mean > 0.98


def test_energies_of_two_windows_add_up(one_plant: Plant) -> None:
    times = [datetime(2025, 7, day, 7, 3, 11, tzinfo=UTC) for day in (1, 4, 12)]
    parts = [one_plant.truth(a, b) for a, b in pairwise(times)]
    whole = one_plant.truth(times[0], times[-1])
    views: tuple[Callable[[Truth], Any], ...] = (
        lambda t: t,
        lambda t: t.cooling,
        lambda t: t.heat,
    )
    for of in views:
        for field in dataclasses.fields(of(whole)):
            if field.name.endswith(("_kwh", "_m3", "_h", "_kwh_degc")):
                total = sum(getattr(of(part), field.name) for part in parts)
                assert getattr(of(whole), field.name) == pytest.approx(total, rel=1e-9, abs=1e-6)


def test_days_are_those_of_paris_and_degree_days_count_from_24_degc() -> None:
    plant = Plant(5)
    start, end = datetime(2025, 6, 30, 22, tzinfo=UTC), datetime(2025, 8, 31, 22, tzinfo=UTC)
    found = plant.truth_weather(start, end)
    ts_us = np.arange(us(start), us(end), 300_000_000, dtype=np.int64)
    temp = np.concatenate(
        [plant.true_values(part)[MAST] for part in np.array_split(ts_us, 8)]
    ).reshape(62, 288)
    expected = 0.0
    for mean in temp.mean(axis=1):
        expected += mean - 21.0 if mean >= 24.0 else 0.0

    assert found.days[0] == date(2025, 7, 1)
    assert found.days[-1] == date(2025, 8, 31)
    np.testing.assert_allclose(found.day_means_degc, temp.mean(axis=1), atol=0.02)
    assert found.cooling_degree_days_k_d == pytest.approx(expected, abs=0.2)
    assert expected > 5.0


def test_days_of_23_and_25_hours_are_means_of_all_their_hours(one_plant: Plant) -> None:
    for day, hours in (
        (datetime(2025, 3, 29, 23, tzinfo=UTC), 23),
        (datetime(2025, 10, 25, 22, tzinfo=UTC), 25),
    ):
        found = one_plant.truth_weather(day, day + timedelta(hours=hours))
        assert found.days == ((day + timedelta(hours=3)).date(),)
        assert found.day_means_degc[0] == pytest.approx(found.outdoor_mean_degc, abs=1e-9)


def test_midnights_are_those_of_the_time_zone_files() -> None:
    zone = ZoneInfo("Europe/Paris")
    days = [date(2025, 1, 2) + timedelta(days=n) for n in range(730)]
    expected = [datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) for d in days]

    assert local_midnights(expected[0], expected[-1]) == tuple(expected)
    second = timedelta(seconds=1)
    assert local_midnights(expected[0] + second, expected[2] - second) == (expected[1],)


def test_part_of_a_day_is_no_day(one_plant: Plant) -> None:
    start = datetime(2025, 7, 1, tzinfo=UTC)
    found = one_plant.truth_weather(start, start + timedelta(hours=30))

    assert found.days == ()
    assert found.cooling_degree_days_k_d == 0.0
    with pytest.raises(PlantTimeError, match="must not end"):
        one_plant.truth_weather(start, start - timedelta(hours=1))


def test_the_document_has_a_null_where_nothing_is_known(one_plant: Plant) -> None:
    start = DEFAULT_EPOCH + timedelta(days=200)
    empty = truth_document(one_plant, start, start)
    day = truth_document(one_plant, start, start + timedelta(days=2))

    assert empty["pue"] is None
    assert empty["supply_temp_loop_degc"] is None
    assert empty["outdoor_mean_degc"] is None
    assert empty["e_dc_kwh"] == 0.0
    assert day["pue"] == one_plant.truth(start, start + timedelta(days=2)).pue
    assert len(day["day_means_degc"]) == 1
    assert empty.keys() == day.keys()


def test_the_document_gives_each_kpi_under_its_id_in_the_registry(one_plant: Plant) -> None:
    start = DEFAULT_EPOCH + timedelta(days=200)
    empty = truth_document(one_plant, start, start)["kpis"]
    day = truth_document(one_plant, start, start + timedelta(days=1))
    kpis = day["kpis"]

    assert set(kpis) == set(KPI_TRUTHS) <= set(KPIS)
    assert set(NOISE_TRUTHS) <= set(KPIS)
    assert (empty["pue"], empty["facility_energy"]) == (None, 0.0)
    assert kpis["pue"] == day["pue"] == pytest.approx(day["e_dc_kwh"] / day["e_it_kwh"])
    assert kpis["cer"] == day["q_removed_chilled_kwh"] / day["e_cooling_kwh"]
    assert kpis["renewable_onsite_ratio"] == day["e_pv_kwh"] / day["e_dc_kwh"]
    assert kpis["seasonal_factor"] == day["cop_plant"]
    assert kpis["wue_fresh"] == kpis["wue_potable"] < kpis["wue"]
