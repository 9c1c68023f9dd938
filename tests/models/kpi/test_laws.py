"""Laws of the further KPIs, what they refuse, and their uncertainty against Monte Carlo."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.carbon_avoided import FactorRange, carbon_avoided
from models.kpi.cooling_degree_days import cooling_degree_days, degree_days_k_d
from models.kpi.cue import CarbonMethod, EmissionFactor, EnergyCarrier, FactorScope, cue
from models.kpi.declared import with_rows
from models.kpi.delivered_temperature import delivered_temperature
from models.kpi.ere import ere
from models.kpi.erf import erf
from models.kpi.load_factor import LoadBand, LoadCurve, load_factor, pue_at_load
from models.kpi.metered import MeteredTotals
from models.kpi.pue import pue
from models.kpi.ref import RenewableEnergy, RenewableKind, ref
from models.kpi.result import Withheld
from models.kpi.trajectory import CITY_TRAJECTORY, BaseYear, allowed_ratio, trajectory_ratio
from models.metering.tree import ItBoundary, SignedMeters
from models.readings import Origin, Window

YEAR = Window(
    name="2030", start=datetime(2030, 1, 1, tzinfo=UTC), end=datetime(2031, 1, 1, tzinfo=UTC)
)
FOUR_HOURS = replace(YEAR, name="four_hours", end=YEAR.start + timedelta(hours=4))
DC, HEAT, HP, FUEL = (SignedMeters(plus=(name,)) for name in ("dc", "heat", "hp", "fuel"))
IT = ItBoundary(category=1, meters=SignedMeters(plus=("it",)))
TOTAL = {"dc": 1300.0, "heat": 400.0, "hp": 100.0, "fuel": 0.02, "it": 1000.0}
U = {"dc": 8.0, "heat": 9.0, "hp": 1.0, "fuel": 0.0002, "it": 6.0}
ratios = st.floats(0.0, 1.0)
GRID = EmissionFactor(
    kgco2e_per_kwh=0.05,
    source="test",
    vintage=2024,
    scope=FactorScope.DIRECT,
    method=CarbonMethod.LOCATION,
    u_ratio=0.1,
)
DIESEL = replace(GRID, kgco2e_per_kwh=0.25, method=None, u_ratio=0.02)
CARRIERS = (
    EnergyCarrier(name="grid", meters=DC, factor=GRID),
    EnergyCarrier(name="diesel", meters=FUEL, factor=DIESEL, kwh_per_unit=9900.0),
)
GAS = FactorRange(
    name="gas",
    low_kgco2e_per_kwh=0.20,
    high_kgco2e_per_kwh=0.25,
    source="test",
    vintage=2024,
)
POWER = replace(GAS, name="grid", low_kgco2e_per_kwh=0.02, high_kgco2e_per_kwh=0.06)
RNG_DRAWS = 200_000


def totals(coverage: float = 1.0, **changed: float) -> MeteredTotals:
    values = TOTAL | changed
    return MeteredTotals(
        window=YEAR,
        meters=tuple(values),
        total=np.array(list(values.values())),
        u=np.array([U[name] for name in values]),
        coverage_ratio=coverage,
        bridged_ratio=0.0,
        origin=Origin.MEASURED,
    )


def drawn() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    return {name: rng.normal(TOTAL[name], U[name], RNG_DRAWS) for name in TOTAL}


def known(value: float | None) -> float:
    assert value is not None
    return value


@given(st.floats(1.0, 5.0), ratios)
def test_ere_is_pue_times_what_is_not_reused(pue_value: float, erf_value: float) -> None:
    case = totals(dc=1000.0 * pue_value, heat=1000.0 * pue_value * erf_value)
    expected = known(pue(case, DC, IT).value) * (1.0 - known(erf(case, HEAT, DC).value))

    assert ere(case, DC, HEAT, IT).value == pytest.approx(expected, abs=1e-9)


def test_ere_uncertainty_agrees_with_monte_carlo() -> None:
    draw = drawn()
    spread = np.std((draw["dc"] - draw["heat"]) / draw["it"])

    assert ere(totals(), DC, HEAT, IT).expanded_uncertainty == pytest.approx(2 * spread, rel=0.02)


def test_ere_without_a_hand_over_meter_is_not_a_pue_in_disguise() -> None:
    assert ere(totals(), DC, SignedMeters(plus=()), IT).withheld is Withheld.NO_METER


def certificates(energy_kwh: float, *, retired: bool = True) -> RenewableEnergy:
    return RenewableEnergy(
        name="go",
        kind=RenewableKind.CERTIFICATES,
        attributes_retired=retired,
        energy_kwh=energy_kwh,
    )


@given(st.floats(0.0, 1e5), st.floats(0.0, 1e5))
def test_ref_grows_with_certificates_and_never_passes_one(less: float, more: float) -> None:
    less, more = sorted((less, more))
    low, high = (known(ref(totals(), DC, [certificates(kwh)]).value) for kwh in (less, more))

    assert 0.0 <= low <= high <= 1.0


@given(st.floats(0.5, 1.0))
def test_ref_does_not_rise_when_part_of_the_year_is_unknown(coverage: float) -> None:
    result = ref(totals(coverage, dc=1300.0 * coverage), DC, [certificates(650.0)])

    assert result.value == pytest.approx(0.5)


def test_the_cap_keeps_the_lower_end_of_the_interval() -> None:
    free = known(ref(totals(), DC, [certificates(1290.0)]).expanded_uncertainty)
    capped = ref(totals(), DC, [certificates(1300.0 * 1.005)])

    assert capped.value == 1.0
    assert known(capped.expanded_uncertainty) == pytest.approx(free - 0.005, rel=0.03)
    assert ref(totals(), DC, [certificates(1e6)]).expanded_uncertainty == 0.0


def test_ref_names_what_it_does_not_count_and_reads_on_site_meters() -> None:
    roof = RenewableEnergy(
        name="roof", kind=RenewableKind.ON_SITE, attributes_retired=True, meters=HP
    )

    result = ref(totals(), DC, [roof, certificates(500.0, retired=False)])

    assert result.value == pytest.approx(100.0 / 1300.0)
    assert result.inputs == ("hp", "dc")
    assert result.boundary.endswith("not counted: go")
    with pytest.raises(ValueError, match="name of its own"):
        ref(totals(), DC, [roof, roof])


def test_cue_uncertainty_agrees_with_monte_carlo() -> None:
    draw = drawn()
    rng = np.random.default_rng(12)
    grid = 0.05 * rng.normal(1.0, 0.1, RNG_DRAWS)
    diesel = 0.25 * rng.normal(1.0, 0.02, RNG_DRAWS)
    spread = np.std((draw["dc"] * grid + 9900.0 * draw["fuel"] * diesel) / draw["it"])

    result = cue(totals(), CARRIERS, IT, CarbonMethod.LOCATION)

    assert result.expanded_uncertainty == pytest.approx(2 * spread, rel=0.02)
    assert result.inputs == ("dc", "fuel", "it")


def test_cue_says_its_factors_and_refuses_to_mix_them() -> None:
    assert "test, 2024, direct" in cue(totals(), CARRIERS, IT, CarbonMethod.LOCATION).boundary
    with pytest.raises(ValueError, match="not market based"):
        cue(totals(), CARRIERS, IT, CarbonMethod.MARKET)
    life_cycle = replace(CARRIERS[1], factor=replace(DIESEL, scope=FactorScope.LIFE_CYCLE))
    with pytest.raises(ValueError, match="same scope"):
        cue(totals(), (CARRIERS[0], life_cycle), IT, CarbonMethod.LOCATION)
    with pytest.raises(ValueError, match="source"):
        replace(GRID, source=" ")


@given(st.floats(1.0, 1e4), st.floats(0.0, 1e4))
def test_the_ends_of_avoided_carbon_stay_in_order(heat: float, power: float) -> None:
    result = carbon_avoided(totals(heat=heat, hp=power), HEAT, HP, GAS, POWER)

    assert known(result.low.value) <= known(result.high.value)


def test_avoided_carbon_uncertainty_agrees_with_monte_carlo() -> None:
    draw = drawn()
    spread = np.std(draw["heat"] * 0.20 - draw["hp"] * 0.06)

    result = carbon_avoided(totals(), HEAT, HP, GAS, POWER)

    assert result.low.expanded_uncertainty == pytest.approx(2 * spread, rel=0.02)
    withheld = carbon_avoided(totals(0.2), HEAT, HP, GAS, POWER)
    assert withheld.low.withheld is withheld.high.withheld is Withheld.LOW_COVERAGE
    with pytest.raises(ValueError, match="high_kgco2e_per_kwh"):
        replace(GAS, high_kgco2e_per_kwh=0.1)


@given(st.floats(0.5, 1.0))
def test_a_load_factor_stands_for_the_covered_time(coverage: float) -> None:
    it_kwh = 100.0 * 8760.0 * coverage

    assert load_factor(totals(coverage, it=it_kwh), IT, 400.0).value == pytest.approx(0.25)


def curve(facility: list[float], it: list[float]) -> LoadCurve:
    return LoadCurve(
        facility_kwh=np.array(facility),
        it_kwh=np.array(it),
        rated_it_kw=400.0,
        facility_u_ratio=0.003,
        it_u_ratio=0.004,
    )


def test_pue_at_part_load_needs_part_load() -> None:
    busy = pue_at_load(FOUR_HOURS, curve([500.0] * 4, [390.0] * 4))
    nan = float("nan")
    gappy = pue_at_load(FOUR_HOURS, curve([150.0, nan, nan, nan], [100.0, 100.0, nan, 100.0]))
    wrong = pue_at_load(FOUR_HOURS, curve([80.0] * 4, [100.0] * 4))

    assert busy.withheld is Withheld.NOT_REACHED
    assert gappy.withheld is Withheld.LOW_COVERAGE
    assert wrong.withheld is Withheld.IMPOSSIBLE


def test_pue_at_part_load_is_a_ratio_of_sums_with_gum_uncertainty() -> None:
    result = pue_at_load(FOUR_HOURS, curve([150.0, 240.0, 700.0, 90.0], [95.0, 105.0, 390.0, 50.0]))

    assert result.value == pytest.approx(390.0 / 200.0)
    assert result.expanded_uncertainty == pytest.approx(2 * 1.95 * 0.005)
    with pytest.raises(ValueError, match="above 0"):
        LoadBand(at_ratio=0.02)


@given(st.lists(st.floats(-20.0, 45.0), min_size=1, max_size=40), st.floats(0.0, 5.0))
def test_degree_days_add_up_and_grow_with_warmth(days: list[float], warmer_k: float) -> None:
    temps = np.array(days)
    half = len(days) // 2
    whole = degree_days_k_d(temps).sum()

    assert whole == pytest.approx(
        degree_days_k_d(temps[:half]).sum() + degree_days_k_d(temps[half:]).sum()
    )
    assert 0.0 <= whole <= degree_days_k_d(temps + warmer_k).sum() + 1e-9


def test_degree_days_are_not_summed_over_holes() -> None:
    days = np.array([30.0] * 9 + [999.0])

    result = cooling_degree_days(YEAR, days, temperature_u_k=0.2, place="roof")

    assert (result.value, result.withheld) == (None, Withheld.LOW_COVERAGE)
    assert result.coverage_ratio == 0.9


@given(st.lists(st.tuples(st.floats(0.1, 100.0), st.floats(20.0, 90.0)), min_size=1, max_size=20))
def test_a_weighted_temperature_lies_between_the_extremes(
    steps: list[tuple[float, float]],
) -> None:
    heat, temps = np.array(steps).T
    forward = delivered_temperature(YEAR, heat, temps, temperature_u_k=0.1)
    scaled = delivered_temperature(YEAR, heat[::-1] * 7.0, temps[::-1], temperature_u_k=0.1)

    assert temps.min() - 1e-9 <= known(forward.value) <= temps.max() + 1e-9
    assert scaled.value == pytest.approx(forward.value)


def test_reverse_and_unknown_heat_have_no_weight() -> None:
    heat = np.array([10.0, -50.0, float("nan"), 0.0])
    temps = np.array([60.0, 5.0, 99.0, float("nan")])

    result = delivered_temperature(YEAR, heat, temps, temperature_u_k=0.1)
    idle = delivered_temperature(YEAR, np.zeros(3), np.full(3, 60.0), temperature_u_k=0.1)

    assert (result.value, result.coverage_ratio) == (60.0, 0.75)
    assert idle.withheld is Withheld.ZERO_DENOMINATOR


@given(st.integers(2020, 2034))
def test_the_trajectory_only_falls(base_year: int) -> None:
    path = [allowed_ratio(CITY_TRAJECTORY, base_year, year) for year in range(base_year, 2036)]

    assert path[0] == 1.0
    assert all(later < earlier for earlier, later in pairwise(path))
    assert path[-1] <= 0.6


def test_the_trajectory_says_that_it_is_unverified_and_where_it_ends() -> None:
    base = BaseYear(year=2025, energy_kwh=2000.0, u_kwh=10.0)

    assert "unverified" in trajectory_ratio(totals(), DC, base).boundary
    assert trajectory_ratio(totals(0.9), DC, base).withheld is Withheld.LOW_COVERAGE
    with pytest.raises(ValueError, match="not in 2036"):
        allowed_ratio(CITY_TRAJECTORY, 2025, 2036)
    with pytest.raises(ValueError, match="window of a year"):
        trajectory_ratio(replace(totals(), window=FOUR_HOURS), DC, base)


def test_a_declared_quantity_may_not_pass_for_a_meter() -> None:
    with pytest.raises(ValueError, match="meters already"):
        with_rows(totals(), {"dc": 1.0}, {})
