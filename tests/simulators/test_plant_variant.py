from dataclasses import fields
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulators.plant import REFERENCE, Plant, Variant, VariantError
from simulators.plant.variant import VARIANT_BOUNDS

WINTER = datetime(2026, 1, 10, tzinfo=UTC)
SUMMER = datetime(2026, 7, 10, tzinfo=UTC)
WEEK = timedelta(days=7)

# The reference plant of seed 7 before plants could vary, at four times.
GOLDEN_TIMES_US = np.array(
    [1736000000_000000, 1745000000_123456, 1751500000_000000, 1766000000_500000]
)
GOLDEN = {
    "intake_a.active_energy_kwh": [
        216621.16763666982,
        673606.0460680469,
        989747.7153653258,
        1713491.168876391,
    ],
    "ups_b.output_power_kw": [
        119.15375415212074,
        134.37822805553415,
        136.5692461487783,
        126.28768634035501,
    ],
    "chiller_1.active_power_kw": [
        0.0,
        4.521747411498979,
        22.56583843518414,
        0.32848089434185535,
    ],
    "water_adiabatic.volume_m3": [528.0, 528.0, 546.121704076998, 693.3003155466604],
    "heat_meter_loop.heat_energy_kwh": [
        198934.51802280135,
        784293.7072477672,
        868925.2239993059,
        1221755.2483983547,
    ],
    "heat_meter_greenhouse.heat_energy_kwh": [
        100117.68870732962,
        143282.04989946814,
        146910.03540033323,
        165853.69633035338,
    ],
    "sound_east.sound_level_laeq_dba": [
        59.12062739135304,
        57.43133238230503,
        49.58241144709464,
        52.30010636691226,
    ],
    "crah_03.active_power_kw": [
        1.4164260347685695,
        2.2206666456821176,
        2.3471178575975973,
        2.1012177567744943,
    ],
    "general_services.active_energy_kwh": [
        244491.29514259155,
        264429.4551806277,
        276868.7604323036,
        305493.0921402609,
    ],
    "pdu_06.active_energy_kwh": [
        105310.69420749198,
        164910.25666129348,
        208311.37218255084,
        305318.7990502807,
    ],
    "dry_cooler_2.fan_speed_ratio": [
        0.1460253579028106,
        0.6514845165702905,
        0.8801717101107643,
        0.42052432360243075,
    ],
    "pv_meter.active_energy_kwh": [
        137744.6645469449,
        150853.23970046343,
        170829.5346207205,
        197013.13974474854,
    ],
}


def test_the_reference_plant_is_what_it_was_before_plants_could_vary() -> None:
    found = Plant(7).true_values(GOLDEN_TIMES_US)
    for key, expected in GOLDEN.items():
        # as close as another machine's exponentials come
        assert found[key] == pytest.approx(expected, rel=1e-11, abs=1e-9), key


def test_the_reference_is_no_variant_at_all() -> None:
    times_us = GOLDEN_TIMES_US
    assert Variant() == REFERENCE
    plain, named = Plant(7).measured_values(times_us), Plant(7, variant=REFERENCE)
    for key, values in named.measured_values(times_us).items():
        assert (values == plain[key]).all(), key


# Half of its servers in air, and twice the usual racks in liquid.
_MOSTLY_LIQUID = Variant(air_it_ratio=0.5, ai_ratio=2.0, greenhouse_ratio=0.0)
VARIANTS = st.builds(
    Variant, **{name: st.floats(least, most) for name, (least, most) in VARIANT_BOUNDS.items()}
)


@given(variant=VARIANTS, seed=st.integers(0, 2**31), start=st.sampled_from([WINTER, SUMMER]))
@example(
    variant=Variant(air_it_ratio=0.5, ai_ratio=2.0, greenhouse_ratio=0.0), seed=0, start=WINTER
)
@settings(max_examples=40, deadline=None)
def test_every_balance_closes_for_every_plant_that_can_be_built(
    variant: Variant, seed: int, start: datetime
) -> None:
    plant = Plant(seed, start, variant=variant)
    times_us = round(start.timestamp()) * 1_000_000 + np.arange(0, 9 * 86400, 1237) * 1_000_000
    balance = plant.balance(times_us)
    turned_over_kw = balance["electricity_in_kw"].max()
    assert turned_over_kw > 0.0
    for name, residual in balance.items():
        if name.endswith("_residual_kw"):
            assert np.abs(residual).max() <= 1e-9 * turned_over_kw, name
    values = plant.true_values(times_us)
    for key, value in values.items():
        assert np.isfinite(value).all(), key
        if key.endswith(("_power_kw", "_energy_kwh", "_m3", "flow_m3_per_h")):
            assert value.min() >= -1e-9 * turned_over_kw, key


def test_a_plant_twice_the_size_has_the_same_ratios() -> None:
    once, twice = (
        Plant(3, WINTER, variant=Variant(size=size)).truth(WINTER, WINTER + WEEK)
        for size in (1.0, 2.0)
    )
    assert twice.e_dc_kwh == pytest.approx(2.0 * once.e_dc_kwh)
    assert twice.w_in_m3 == pytest.approx(2.0 * once.w_in_m3)
    for name in ("pue", "erf", "ere", "wue_l_per_kwh", "load_factor"):
        assert getattr(twice, name) == pytest.approx(getattr(once, name)), name
    assert twice.exchanger.exchanger_clean_ratio_mean == once.exchanger.exchanger_clean_ratio_mean


@pytest.mark.parametrize(
    ("changed", "kpi", "rises", "start"),
    [
        (Variant(fan_ratio=2.0), "pue", True, SUMMER),
        (Variant(ups_loss_ratio=1.5), "pue", True, SUMMER),
        (Variant(services_ratio=2.0), "pue", True, SUMMER),
        (Variant(chiller_ratio=1.4), "pue", False, SUMMER),
        (Variant(free_cooling_shift_k=5.0), "pue", False, SUMMER),
        (Variant(adiabatic_shift_k=-10.0), "wue_l_per_kwh", True, SUMMER),
        (Variant(district_ratio=0.3), "erf", False, WINTER),
        (Variant(greenhouse_ratio=0.3), "erf", False, WINTER),
        (Variant(air_it_ratio=0.6), "load_factor", False, WINTER),
        (Variant(ai_ratio=1.5), "load_factor", True, WINTER),
    ],
)
def test_each_parameter_moves_the_figure_it_should(
    changed: Variant, kpi: str, rises: bool, start: datetime
) -> None:
    before = getattr(Plant(3, start).truth(start, start + WEEK), kpi)
    after = getattr(Plant(3, start, variant=changed).truth(start, start + WEEK), kpi)
    assert (after > before) is rises
    assert after != before


def test_noise_is_added_to_the_plant_and_not_to_the_street() -> None:
    quiet, loud = (
        Plant(3, SUMMER, variant=Variant(noise_db=more)).truth_noise(SUMMER, SUMMER + WEEK)
        for more in (0.0, 10.0)
    )
    for point, levels in loud.items():
        assert levels.residual_night_dba == quiet[point].residual_night_dba
        emergence = 10.0 ** (quiet[point].emergence_night_db / 10.0) - 1.0
        ten_times = 10.0 * np.log10(1.0 + 10.0 * emergence)
        assert levels.emergence_night_db == pytest.approx(ten_times)


@pytest.mark.parametrize("name", [each.name for each in fields(Variant)])
def test_a_plant_that_cannot_be_built_is_refused_by_name(name: str) -> None:
    least, most = VARIANT_BOUNDS[name]
    for value in (least - 1e-6, most + 1e-6, float("nan")):
        with pytest.raises(VariantError, match=rf"{name} must be"):
            Variant(**{name: value})
