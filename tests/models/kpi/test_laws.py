"""Laws of the KPIs, what they refuse, and their uncertainty against Monte Carlo."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.kpi.carbon_avoided import CARBON_AVOIDED, FactorRange
from models.kpi.cer import CER
from models.kpi.cue import (
    CUE_LOCATION,
    CarbonMethod,
    EmissionFactor,
    EnergyCarrier,
    FactorScope,
    carriers_of,
)
from models.kpi.ere import ERE
from models.kpi.erf import ERF
from models.kpi.facility_energy import FACILITY_ENERGY
from models.kpi.load_factor import LOAD_FACTOR
from models.kpi.pue import PUE, PUE_EXCL_HEAT_UPGRADE
from models.kpi.pue_part_load import PUE_AT_25_PERCENT_LOAD, LoadCurve
from models.kpi.ratio import RatioKpi
from models.kpi.ref import REF, RenewableEnergy, RenewableKind
from models.kpi.registry import KPIS
from models.kpi.result import Flag, Withheld
from models.kpi.series import SHOWN, WITHHELD, KpiSeries
from models.kpi.total import TotalKpi
from models.kpi.totals import MeteredTotals, totals_of
from models.kpi.trajectory import (
    CITY_TRAJECTORY,
    TRAJECTORY_RATIO,
    BaseYear,
    allowed_ratio,
    start_in_years,
)
from models.kpi.wue import WUE
from models.metering.tree import Role, SignedMeters
from models.readings import FloatArray
from models.registers.periods import Periods
from models.site.declarations import Declarations
from tests.models.kpi.small_site import INTAKE, UPS, meter, site_of

TOTAL = {
    "facility": 1300.0,
    "it": 1000.0,
    "reused": 400.0,
    "heat_pumps": 100.0,
    "heat_upgrade": 100.0,
    "heat_removed": 900.0,
    "cooling": 100.0,
    "water": 2.0,
    "potable": 1.5,
    "fresh": 1.8,
    "fuel": 0.02,
    "heat_pump_outputs": 350.0,
    "generation_on_site": 90.0,
}
DRAWS = 200_000
ratios = st.floats(0.0, 1.0)
energies = st.floats(1.0, 1e7)
PLAIN_RATIOS = [one for one in KPIS.values() if type(one) is RatioKpi]
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
    EnergyCarrier(name="grid", meters=SignedMeters(plus=("facility",)), factor=GRID),
    EnergyCarrier(
        name="diesel", meters=SignedMeters(plus=("fuel",)), factor=DIESEL, kwh_per_unit=9900.0
    ),
)
GAS = FactorRange(
    name="gas", low_kgco2e_per_kwh=0.20, high_kgco2e_per_kwh=0.25, source="test", vintage=2024
)
POWER = replace(GAS, name="grid", low_kgco2e_per_kwh=0.02, high_kgco2e_per_kwh=0.06)


def u_of(name: str) -> float:
    return 0.006 * TOTAL[name]


def totals(coverage: float = 1.0, **changed: float) -> MeteredTotals:
    values = TOTAL | changed
    return totals_of(
        {name: (value, u_of(name)) for name, value in values.items()}, coverage=coverage
    )


def drawn() -> dict[str, FloatArray]:
    rng = np.random.default_rng(11)
    return {name: rng.normal(TOTAL[name], u_of(name), DRAWS) for name in TOTAL}


def value(series: KpiSeries) -> float:
    (found,) = series.value.tolist()
    assert series.withheld.tolist() == [SHOWN]
    return float(found)


def expanded(series: KpiSeries) -> float:
    (found,) = series.expanded_uncertainty.tolist()
    return float(found)


def why(series: KpiSeries) -> list[Withheld | None]:
    return [None if code == SHOWN else WITHHELD[code] for code in series.withheld.tolist()]


def test_a_ratio_is_that_of_its_sums_with_the_spread_of_monte_carlo() -> None:
    """GUM supplement 1: draw the meters, look at the spread of the ratio."""
    draw = drawn()

    for kpi in PLAIN_RATIOS:
        top = draw[kpi.numerator] - (0.0 if kpi.less is None else draw[kpi.less])
        spread = kpi.scale * top / draw[kpi.denominator]
        found = kpi.of(totals())

        assert value(found) == pytest.approx(np.mean(spread), rel=1e-3), kpi.id
        assert expanded(found) == pytest.approx(2.0 * np.std(spread), rel=0.02), kpi.id


def test_a_sum_has_the_spread_of_monte_carlo() -> None:
    (sums,) = {one.counted for one in KPIS.values() if type(one) is TotalKpi} - {"reused"}
    found = FACILITY_ENERGY.of(totals())

    assert sums == "facility"
    assert expanded(found) == pytest.approx(2.0 * np.std(drawn()["facility"]), rel=0.02)


@given(energies, energies, st.floats(1e-3, 1e3))
def test_a_ratio_does_not_depend_on_the_scale(above: float, it: float, scale: float) -> None:
    base = totals_of({"facility": (above + it, above), "it": (it, 0.01 * it)})
    scaled = replace(base, total=scale * base.total, u=scale * base.u)

    assert value(PUE.of(scaled)) == pytest.approx(value(PUE.of(base)))
    assert expanded(PUE.of(scaled)) == pytest.approx(expanded(PUE.of(base)))


@given(st.permutations(list(TOTAL)), st.sampled_from(PLAIN_RATIOS))
def test_the_order_of_the_meters_does_not_matter(order: list[str], kpi: RatioKpi) -> None:
    shuffled = totals_of({name: (TOTAL[name], u_of(name)) for name in order})

    assert value(kpi.of(shuffled)) == pytest.approx(value(kpi.of(totals())), rel=1e-12)
    assert expanded(kpi.of(shuffled)) == pytest.approx(expanded(kpi.of(totals())), rel=1e-12)


@given(st.floats(0.5, 1.0), st.floats(0.5, 1.0), st.sampled_from(PLAIN_RATIOS))
def test_less_coverage_is_never_surer(one: float, other: float, kpi: RatioKpi) -> None:
    less, more = sorted((one, other))

    assert expanded(kpi.of(totals(less))) >= expanded(kpi.of(totals(more))) - 1e-12


@given(st.floats(0.0, 2e3), st.just(0.0) | st.floats(1e-6, 2e3))
def test_a_shown_ratio_lies_within_its_bounds_or_its_interval_reaches_them(
    top: float, bottom: float
) -> None:
    for kpi in (PUE, ERF, ERE, WUE):
        names = dict.fromkeys(kpi.sums, (10.0, 0.5)) | {
            kpi.numerator: (top, 0.01 * top),
            kpi.denominator: (bottom, 0.01 * bottom),
        }
        found = kpi.of(totals_of(names))
        if why(found) == [None]:
            assert kpi.lower - expanded(found) <= value(found) <= kpi.upper + expanded(found)
        else:
            assert np.isnan(found.value[0])
            assert np.isnan(found.expanded_uncertainty[0])


@given(st.lists(st.tuples(energies, energies, st.floats(0.0, 1.0)), min_size=1, max_size=8))
def test_many_periods_at_once_are_each_as_if_alone(
    periods: list[tuple[float, float, float]],
) -> None:
    each = [
        totals_of({"facility": (top, 0.01 * top), "it": (it, 0.02 * it)}, coverage=coverage)
        for top, it, coverage in periods
    ]
    whole = replace(
        each[0],
        periods=Periods(
            start_us=np.concatenate([one.periods.start_us for one in each]),
            end_us=np.concatenate([one.periods.end_us for one in each]),
        ),
        total=np.hstack([one.total for one in each]),
        u=np.hstack([one.u for one in each]),
        covered_s=np.concatenate([one.covered_s for one in each]),
        bridged_s=np.concatenate([one.bridged_s for one in each]),
        frozen_s=np.concatenate([one.frozen_s for one in each]),
    )
    found = PUE.of(whole)

    for n, one in enumerate(each):
        alone = PUE.of(one)
        assert found.value[n] == pytest.approx(alone.value[0], nan_ok=True)
        assert found.expanded_uncertainty[n] == pytest.approx(
            alone.expanded_uncertainty[0], nan_ok=True
        )
        assert found.withheld[n] == alone.withheld[0]


@given(st.floats(1.0, 5.0), ratios)
def test_ere_is_pue_times_what_is_not_reused(pue_value: float, erf_value: float) -> None:
    case = totals(facility=1000.0 * pue_value, reused=1000.0 * pue_value * erf_value)
    expected = value(PUE.of(case)) * (1.0 - value(ERF.of(case)))

    assert value(ERE.of(case)) == pytest.approx(expected, abs=1e-9)


def test_without_a_meter_for_one_of_the_sums_there_is_no_value() -> None:
    """An ERE without hand-over meters would be a PUE in disguise."""
    for kpi, lacking in ((ERE, "reused"), (PUE, "it"), (WUE, "water"), (CER, "heat_removed")):
        case = {name: TOTAL[name] for name in kpi.sums if name != lacking}

        assert why(kpi.of(totals_of(case))) == [Withheld.NO_METER]
        assert why(kpi.of(replace(totals(), sums={}))) == [Withheld.NO_METER]


def test_pue_without_heat_upgrade_is_withheld_where_the_pumps_also_cool() -> None:
    without = {name: one for name, one in totals().sums.items() if name != "heat_upgrade"}

    assert why(PUE_EXCL_HEAT_UPGRADE.of(replace(totals(), sums=without))) == [Withheld.NO_METER]


@pytest.mark.parametrize(
    ("coverage", "frozen", "it", "reason"),
    [
        (0.3, 0.0, 1000.0, Withheld.LOW_COVERAGE),
        (0.5, 0.0, 1000.0, None),
        (0.0, 0.0, 1000.0, Withheld.NO_DATA),
        (0.3, 0.69, 1000.0, Withheld.FROZEN),
        (0.0, 1.0, 1000.0, Withheld.FROZEN),
        (0.3, 0.3, 1000.0, Withheld.LOW_COVERAGE),
        (1.0, 0.0, 0.0, Withheld.ZERO_DENOMINATOR),
        (1.0, 0.0, 1400.0, Withheld.IMPOSSIBLE),
    ],
)
def test_the_first_reason_that_holds_is_told(
    coverage: float, frozen: float, it: float, reason: Withheld | None
) -> None:
    case = totals(coverage, it=it)
    case = replace(case, frozen_s=frozen * case.periods.duration_s)

    assert why(PUE.of(case)) == [reason]


@pytest.mark.parametrize(
    ("coverage", "bridged", "expected"),
    [
        (1.0, 0.0, set()),
        (0.996, 0.009, set()),
        (0.99, 0.0, {Flag.PARTLY_MISSING}),
        (1.0, 0.02, {Flag.BRIDGED}),
        (0.9, 0.2, {Flag.BRIDGED, Flag.PARTLY_MISSING}),
    ],
)
def test_gaps_and_bridges_are_told_when_they_matter(
    coverage: float, bridged: float, expected: set[Flag]
) -> None:
    case = totals(coverage)
    case = replace(case, bridged_s=bridged * case.periods.duration_s)

    assert {flag for flag, where in PUE.of(case).flags.items() if where[0]} == expected


def test_missing_time_stands_in_the_budget() -> None:
    """Without blocks to judge it by, the missing time may hold anything up to twice the rest."""
    part = PUE.of(totals(0.9))

    assert part.parts["missing"][0] == pytest.approx(0.1 * 1.3 / np.sqrt(3.0))
    assert expanded(part) == pytest.approx(
        2.0 * np.hypot(part.parts["missing"][0], part.parts["meters"][0])
    )
    assert PUE.of(totals()).parts["missing"].tolist() == [0.0]


def test_a_sum_says_how_much_it_may_lack() -> None:
    """Nine tenths are covered: the rest brought from nothing to twice as much, 2/9 in width."""
    part = FACILITY_ENERGY.of(totals(0.9))

    assert value(part) == 1300.0
    assert part.parts["missing"][0] == pytest.approx(2.0 * 1300.0 / 9.0 / np.sqrt(3.0))


def test_a_difference_of_equal_meters_divides_nothing() -> None:
    """0.3 less 0.1 and 0.2 leaves 5.6e-17 in floats."""
    found = totals_of({"facility": 130.0, "ups": 0.1 + 0.2, "pump": 0.1, "fan": 0.2})
    behind = SignedMeters(plus=("ups",), minus=("pump", "fan"))

    assert 0.1 + 0.2 - 0.1 - 0.2 > 0.0
    assert why(PUE.of(replace(found, sums={**found.sums, "it": behind}))) == [
        Withheld.ZERO_DENOMINATOR
    ]


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
    low, high = (value(REF.of_origins(totals(), [certificates(kwh)])) for kwh in (less, more))

    assert 0.0 <= low <= high <= 1.0


@given(st.floats(0.5, 1.0))
def test_ref_does_not_rise_when_part_of_the_year_is_unknown(coverage: float) -> None:
    found = REF.of_origins(totals(coverage, facility=1300.0 * coverage), [certificates(650.0)])

    assert value(found) == pytest.approx(0.5)


def test_the_cap_keeps_the_lower_end_of_the_interval() -> None:
    free = expanded(REF.of_origins(totals(), [certificates(1290.0)]))
    capped = REF.of_origins(totals(), [certificates(1300.0 * 1.005)])

    assert value(capped) == 1.0
    assert expanded(capped) == pytest.approx(free - 0.005, rel=0.03)
    assert capped.flags[Flag.CAPPED].tolist() == [True]
    assert expanded(REF.of_origins(totals(), [certificates(1e6)])) == 0.0


def test_ref_names_what_it_does_not_count_and_reads_on_site_meters() -> None:
    roof = RenewableEnergy(
        name="roof",
        kind=RenewableKind.ON_SITE,
        attributes_retired=True,
        meters=SignedMeters(plus=("generation_on_site",)),
    )

    found = REF.of_origins(totals(), [roof, certificates(500.0, retired=False)])

    assert value(found) == pytest.approx(90.0 / 1300.0)
    assert found.inputs == ("generation_on_site", "facility")
    assert found.boundary.endswith("not counted: go")
    with pytest.raises(ValueError, match="name of its own"):
        REF.of_origins(totals(), [roof, roof])
    with pytest.raises(ValueError, match="either energy_kwh or meters"):
        replace(roof, energy_kwh=1.0)


def test_without_any_renewable_energy_ref_is_zero_and_not_unknown() -> None:
    assert value(REF.of_origins(totals(), [])) == 0.0


def test_cue_uncertainty_agrees_with_monte_carlo() -> None:
    draw = drawn()
    rng = np.random.default_rng(12)
    grid = 0.05 * rng.normal(1.0, 0.1, DRAWS)
    diesel = 0.25 * rng.normal(1.0, 0.02, DRAWS)
    spread = np.std((draw["facility"] * grid + 9900.0 * draw["fuel"] * diesel) / draw["it"])

    found = CUE_LOCATION.of_carriers(totals(), CARRIERS)

    assert expanded(found) == pytest.approx(2 * spread, rel=0.02)
    assert found.inputs == ("facility", "fuel", "it")
    assert "test, 2024, direct" in found.boundary


def test_cue_refuses_to_mix_factors() -> None:
    with pytest.raises(ValueError, match="not market based"):
        replace(CUE_LOCATION, method=CarbonMethod.MARKET).of_carriers(totals(), CARRIERS)
    life_cycle = replace(CARRIERS[1], factor=replace(DIESEL, scope=FactorScope.LIFE_CYCLE))
    with pytest.raises(ValueError, match="same scope"):
        CUE_LOCATION.of_carriers(totals(), (CARRIERS[0], life_cycle))
    with pytest.raises(ValueError, match="name of its own"):
        CUE_LOCATION.of_carriers(totals(), (CARRIERS[0], CARRIERS[0]))
    with pytest.raises(ValueError, match="source"):
        replace(GRID, source=" ")


def test_a_generator_counts_by_its_fuel_and_only_with_every_factor() -> None:
    site = site_of(INTAKE, UPS, meter("tank", Role.FUEL))
    both = Declarations(electricity_carbon=GRID, fuel_carbon=DIESEL, fuel_kwh_per_m3=9900.0)
    sums = {"grid": SignedMeters(plus=("intake",)), "fuel": SignedMeters(plus=("tank",))}

    found = carriers_of(replace(site, declared=both), sums)
    assert [(one.name, one.kwh_per_unit) for one in found] == [("grid", 1.0), ("fuel", 9900.0)]
    assert carriers_of(replace(site, declared=replace(both, fuel_carbon=None)), sums) == ()
    assert carriers_of(site, sums) == ()


@given(st.floats(1.0, 1e4), st.floats(0.0, 1e4))
def test_the_ends_of_avoided_carbon_stay_in_order(heat: float, power: float) -> None:
    case = totals(reused=heat, heat_pumps=power)
    low, high = (value(CARBON_AVOIDED[end].between(case, GAS, POWER)) for end in ("low", "high"))

    assert low <= high


def test_avoided_carbon_uncertainty_agrees_with_monte_carlo() -> None:
    draw = drawn()
    spread = np.std(draw["reused"] * 0.20 - draw["heat_pumps"] * 0.06)

    found = CARBON_AVOIDED["low"].between(totals(), GAS, POWER)

    assert expanded(found) == pytest.approx(2 * spread, rel=0.02)
    assert why(CARBON_AVOIDED["high"].between(totals(0.2), GAS, POWER)) == [Withheld.LOW_COVERAGE]
    with pytest.raises(ValueError, match="high_kgco2e_per_kwh"):
        replace(GAS, high_kgco2e_per_kwh=0.1)


@given(st.floats(0.5, 1.0))
def test_a_load_factor_stands_for_the_covered_time(coverage: float) -> None:
    case = totals(coverage, it=100.0 * 8760.0 * coverage)

    assert value(LOAD_FACTOR.at_rating(case, rated_it_kw=400.0)) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="above 0"):
        LOAD_FACTOR.at_rating(case, rated_it_kw=0.0)


def part_load(facility: list[float], it: list[float]) -> KpiSeries:
    curve = LoadCurve(facility_kwh=np.array(facility), it_kwh=np.array(it), rated_it_kw=400.0)
    top, bottom = float(np.nansum(facility)), float(np.nansum(it))
    whole = totals_of({"facility": (top, 0.003 * top), "it": (bottom, 0.004 * bottom)}, hours=4.0)
    return PUE_AT_25_PERCENT_LOAD.of_hours(curve, whole, np.array([0]), np.array([len(it)]))


def test_pue_at_part_load_needs_part_load() -> None:
    nan = float("nan")

    assert why(part_load([500.0] * 4, [390.0] * 4)) == [Withheld.NOT_REACHED]
    assert why(part_load([150.0, nan, nan, nan], [100.0, 100.0, nan, 100.0])) == [
        Withheld.LOW_COVERAGE
    ]
    assert why(part_load([nan] * 4, [100.0] * 4)) == [Withheld.NO_DATA]
    assert why(part_load([80.0] * 4, [100.0] * 4)) == [Withheld.IMPOSSIBLE]
    with pytest.raises(ValueError, match="steps differ"):
        part_load([1.0], [1.0, 2.0])


def test_pue_at_part_load_is_a_ratio_of_sums_with_gum_uncertainty() -> None:
    found = part_load([150.0, 240.0, 700.0, 90.0], [95.0, 105.0, 390.0, 50.0])

    assert value(found) == pytest.approx(390.0 / 200.0)
    assert expanded(found) == pytest.approx(2 * 1.95 * 0.005)


def test_an_error_that_meters_share_is_in_the_pue_at_part_load() -> None:
    """1 % of the intake alone, the same in every hour: 1 % of 1.5."""
    curve = LoadCurve(facility_kwh=np.full(4, 150.0), it_kwh=np.full(4, 100.0), rated_it_kw=400.0)
    whole = totals_of({"facility": 600.0, "it": 400.0}, hours=4.0)
    whole = replace(whole, common_ratio=np.array([[0.01, 0.0]]))
    found = PUE_AT_25_PERCENT_LOAD.of_hours(curve, whole, np.array([0]), np.array([4]))

    assert expanded(found) == pytest.approx(2.0 * 0.01 * 1.5)


@given(st.integers(2020, 2034))
def test_the_trajectory_only_falls(base_year: int) -> None:
    path = [allowed_ratio(CITY_TRAJECTORY, base_year, year) for year in range(base_year, 2036)]

    assert path[0] == 1.0
    assert all(later < earlier for earlier, later in pairwise(path))
    assert path[-1] <= 0.6


@given(st.dates(date(2025, 1, 1), date(2033, 12, 31)))
def test_a_site_exactly_on_the_trajectory_comes_out_at_one_on_any_day(start: date) -> None:
    """It uses 5 % less a year, a little less each day: no step at the turn of a year."""

    def used(first: date) -> float:
        days = np.arange(365) + (first - date(2025, 1, 1)).days
        return float((0.95 ** (days / 365.25)).sum())

    at = start_in_years(datetime(start.year, start.month, start.day, tzinfo=UTC))
    allowed = allowed_ratio(CITY_TRAJECTORY, 2025, at)

    # Calendar years are of 365 or 366 days, those of the site of 365.25.
    assert used(start) / used(date(2025, 1, 1)) == pytest.approx(allowed, rel=2e-4)


def test_a_local_year_counts_as_its_own() -> None:
    assert start_in_years(datetime(2026, 12, 31, 23, tzinfo=UTC)) == 2027.0
    assert start_in_years(datetime(2026, 12, 31, 12, tzinfo=UTC)) < 2027.0


def test_the_trajectory_says_that_it_is_a_proxy_and_where_it_ends() -> None:
    base = BaseYear(year=2025, energy_kwh=2000.0, u_kwh=10.0)

    def ratio(coverage: float) -> KpiSeries:
        starts = np.array([2030.0])
        return TRAJECTORY_RATIO.from_base(totals(coverage), CITY_TRAJECTORY, base, starts)

    assert "a proxy: the figures are of a footprint" in ratio(1.0).boundary
    assert why(ratio(0.9)) == [Withheld.LOW_COVERAGE]
    with pytest.raises(ValueError, match="not in 2036"):
        allowed_ratio(CITY_TRAJECTORY, 2025, 2036)


def test_a_declared_quantity_may_not_pass_for_a_meter() -> None:
    with pytest.raises(ValueError, match="meters already"):
        totals().with_rows({"facility": np.ones(1)})


@given(st.floats(-1.0, 1.0), st.floats(0.5, 2.0))
def test_a_shared_error_is_a_covariance(share: float, scale: float) -> None:
    """The ratio's uncertainty by the full covariance matrix, JCGM 100:2008, eq. 13."""
    a, b = np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0])
    x, u = np.array([30.0, 50.0, 20.0]) * scale, np.array([0.1, 0.2, 0.3])
    common = np.array([[0.02, 0.1 * share, 0.0], [0.0, 0.03, -0.1 * share]])
    assume(abs(share) > 1e-3)
    case = replace(
        totals_of({"x": (x[0], u[0]), "y": (x[1], u[1]), "z": (x[2], u[2])}),
        sums={"facility": SignedMeters(plus=("x", "y")), "it": SignedMeters(plus=("y", "z"))},
        common_ratio=common,
    )

    covariance = np.diag(u**2) + (common * x).T @ (common * x)
    step = 1e-6
    slope = [
        (a @ (x + e) / (b @ (x + e)) - a @ (x - e) / (b @ (x - e))) / (2 * step)
        for e in step * np.eye(3)
    ]
    assert expanded(PUE.of(case)) == pytest.approx(
        2.0 * np.sqrt(np.array(slope) @ covariance @ slope), rel=1e-6
    )


def test_a_meter_above_and_below_the_line_is_counted_once() -> None:
    """With all of the numerator also in the denominator the ratio is 1 and certain."""
    both = SignedMeters(plus=("x", "y"))
    case = replace(
        totals_of({"x": (5.0, 1.0), "y": (9.0, 2.0)}), sums={"facility": both, "it": both}
    )

    assert value(PUE.of(case)) == 1.0
    assert expanded(PUE.of(case)) == pytest.approx(0.0, abs=1e-15)
