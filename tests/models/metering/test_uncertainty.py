"""Propagation against the examples of the GUM and against Monte Carlo (JCGM 101)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from math import hypot, inf, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.cer import cer
from models.kpi.ere import ere
from models.kpi.erf import erf
from models.kpi.metered import (
    MeteredTotals,
    RatioKpi,
    metered_totals,
    ratio_result,
    sum_uncertainty,
)
from models.kpi.pue import pue
from models.kpi.recovered_heat import recovered_heat
from models.kpi.result import Flag, KpiKind, KpiResult
from models.kpi.wue import wue
from models.metering.tree import ItBoundary, Meter, Role, SignedMeters
from models.metering.uncertainty import (
    CommonError,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_accuracy,
    electricity_u_ratio,
    heat_mpe_parts,
    heat_u_ratio,
    ratio_standard_uncertainty,
    weighted_sum_u,
)
from models.readings import FloatArray, Window
from models.series import JointTotals

Case = dict[str, Any]

GUM: Case = json.loads((Path(__file__).parents[2] / "oracles" / "gum.json").read_text())

YEAR = Window(
    name="12months", start=datetime(2025, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 1, tzinfo=UTC)
)
DRAWS = 200_000
CLASS_1 = ElectricityAccuracy(mpe_ratio=0.01)


def meter(name: str, role: Role, accuracy: object = CLASS_1, **more: object) -> Meter:
    return Meter(id=name, role=role, point=name, accuracy=accuracy, **more)  # type: ignore[arg-type]


METERS = (
    meter("dc", Role.UTILITY_INTAKE, ElectricityAccuracy(mpe_ratio=0.005, ct_mpe_ratio=0.005)),
    meter("it_a", Role.PDU),
    meter("it_b", Role.PDU),
    meter("cooling", Role.COOLING),
    meter(
        "heat",
        Role.HEAT_HANDOVER,
        HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=20.0),
        volume_point="heat_m3",
    ),
    meter("water", Role.POTABLE_WATER, VolumeAccuracy(mpe_ratio=0.02)),
)
TOTAL = {"dc": 3.1e6, "it_a": 1.2e6, "it_b": 1.0e6, "cooling": 0.5e6, "heat": 1.1e6, "water": 190.0}
HEAT_M3 = 60_000.0
FACILITY, HEAT, WATER = (SignedMeters(plus=(name,)) for name in ("dc", "heat", "water"))
COOLING = SignedMeters(plus=("cooling",))
IT = ItBoundary(category=2, meters=SignedMeters(plus=("it_a", "it_b")))


def totals_of(meters: tuple[Meter, ...] = METERS, window: Window = YEAR) -> MeteredTotals:
    joint = JointTotals(
        total=np.array([*(TOTAL[m.id] for m in meters), HEAT_M3]),
        covered_s=window.duration.total_seconds(),
        bridged_s=0.0,
        window_s=window.duration.total_seconds(),
    )
    return metered_totals(window, meters, {"heat": len(meters)}, joint)


def draws(meters: tuple[Meter, ...]) -> dict[str, FloatArray]:
    """Totals with every error drawn where it is: rectangular, common ones shared."""
    rng = np.random.default_rng(20)
    shared: dict[str, FloatArray] = {}

    def uniform(mpe: float) -> FloatArray:
        return rng.uniform(-mpe, mpe, DRAWS)

    found = {}
    for one in meters:
        match one.accuracy:
            case ElectricityAccuracy() as a:
                error = uniform(a.mpe_ratio) + uniform(a.ct_mpe_ratio)
            case VolumeAccuracy() as v:
                error = uniform(v.mpe_ratio)
            case HeatAccuracy() as h:
                flow, drop_k = HEAT_M3 / 8760.0, TOTAL["heat"] / (HEAT_M3 * 1.150)
                error = np.asarray(sum(uniform(part) for part in heat_mpe_parts(h, drop_k, flow)))
        for common in one.common_errors:
            if common.name not in shared:
                shared[common.name] = uniform(1.0)
            error = error + common.mpe_ratio * shared[common.name]
        found[one.id] = TOTAL[one.id] * (1.0 + error)
    return found


def check(result: KpiResult, samples: FloatArray) -> None:
    assert result.expanded_uncertainty is not None
    assert result.expanded_uncertainty == pytest.approx(2.0 * np.std(samples), rel=0.02)


@pytest.mark.parametrize("shared", [False, True])
def test_every_ratio_has_the_uncertainty_of_monte_carlo(shared: bool) -> None:
    bias = (CommonError(name="same batch", mpe_ratio=0.02),) if shared else ()
    meters = tuple(
        replace(m, common_errors=bias) if m.role in {Role.PDU, Role.COOLING} else m for m in METERS
    )
    totals, x = totals_of(meters), draws(meters)
    it = x["it_a"] + x["it_b"]

    check(pue(totals, FACILITY, IT), x["dc"] / it)
    check(wue(totals, WATER, IT), 1e3 * x["water"] / it)
    check(erf(totals, HEAT, FACILITY), x["heat"] / x["dc"])
    check(ere(totals, FACILITY, HEAT, IT), (x["dc"] - x["heat"]) / it)
    check(cer(totals, HEAT, COOLING), x["heat"] / x["cooling"])
    check(recovered_heat(totals, HEAT), x["heat"])


def test_a_meter_above_and_below_the_line_is_counted_once() -> None:
    """PUE from UPS losses: (it + cooling) / it, where the error of it nearly cancels."""
    totals, x = totals_of(), draws(METERS)
    facility = SignedMeters(plus=("it_a", "it_b", "cooling"))

    check(
        pue(totals, facility, IT), (x["it_a"] + x["it_b"] + x["cooling"]) / (x["it_a"] + x["it_b"])
    )


def test_a_common_bias_of_all_meters_leaves_a_ratio_alone_and_adds_up_in_a_sum() -> None:
    bias = (CommonError(name="rig", mpe_ratio=0.03),)
    every = tuple(replace(m, common_errors=bias) for m in METERS)
    plain, biased = totals_of(), totals_of(every)
    both = np.array([float(m.id in {"it_a", "it_b"}) for m in METERS])

    assert pue(biased, FACILITY, IT).expanded_uncertainty == pytest.approx(
        pue(plain, FACILITY, IT).expanded_uncertainty
    )
    own, common = sum_uncertainty(biased, both)
    assert own == pytest.approx(sum_uncertainty(plain, both)[0])
    assert common == pytest.approx(0.03 / sqrt(3.0) * (TOTAL["it_a"] + TOTAL["it_b"]))


def test_the_budget_adds_up_to_the_whole() -> None:
    bias = (CommonError(name="rig", mpe_ratio=0.01),)
    meters = tuple(replace(m, common_errors=bias) if m.role is Role.PDU else m for m in METERS)

    result = pue(totals_of(meters), FACILITY, IT)

    assert [part.name for part in result.parts] == ["meters", "common"]
    assert result.expanded_uncertainty == pytest.approx(2.0 * hypot(*(p.u for p in result.parts)))


def root(covariance: FloatArray) -> FloatArray:
    """Correlated inputs as independent sources, one row each: the form of common errors."""
    return np.asarray(np.linalg.cholesky(covariance).T)


@pytest.mark.parametrize("case", GUM["budgets"], ids=lambda case: str(case["name"]))
def test_the_budgets_of_the_gum_add_up(case: Case) -> None:
    inputs = case["inputs"]
    c = np.array([one["c"] for one in inputs])
    u = np.array([one.get("u", one.get("half_width", 0.0) / sqrt(3.0)) for one in inputs])
    shared = np.array(["shared" in one for one in inputs])

    own, common = weighted_sum_u(c, np.where(shared, 0.0, u), np.where(shared, u, 0.0)[None])

    assert hypot(own, common) == pytest.approx(case["u"], abs=case["within"])
    for one, part in zip(inputs, np.abs(c * u), strict=True):
        assert part == pytest.approx(one.get("part", part), rel=1e-4)


def test_a_wide_rectangular_error_makes_the_normal_interval_too_wide_and_never_too_narrow() -> None:
    """JCGM 101:2008, 9.2.4: 95 % of the draws lie within 17.0, the GUM's interval is 19.9."""
    rng = np.random.default_rng(3)
    width = sqrt(3.0) * np.array([1.0, 1.0, 1.0, 10.0])
    drawn = (rng.uniform(-1.0, 1.0, (DRAWS, 4)) * width).sum(axis=1)

    own, _ = weighted_sum_u(np.ones(4), width / sqrt(3.0))

    assert np.std(drawn) == pytest.approx(own, rel=0.01)
    assert np.quantile(np.abs(drawn), 0.95) == pytest.approx(17.0, rel=0.01)
    assert 1.96 * own == pytest.approx(19.9, abs=0.05)


def test_resistance_and_reactance_of_the_gum_come_out() -> None:
    """R = V cos(phi) / I, X = V sin(phi) / I, Z = V / I of five simultaneous observations."""
    case = GUM["impedance"]
    observed = np.array([case["volt"], case["ampere"], case["radian"]])
    v, i, p = observed.mean(axis=1)
    covariance = np.cov(observed) / observed.shape[1]
    sensitivity = {
        "R": [np.cos(p) / i, -v * np.cos(p) / i**2, -v * np.sin(p) / i],
        "X": [np.sin(p) / i, -v * np.sin(p) / i**2, v * np.cos(p) / i],
        "Z": [1.0 / i, -v / i**2, 0.0],
    }
    value = {"R": v * np.cos(p) / i, "X": v * np.sin(p) / i, "Z": v / i}

    # The table's figures are rounded from its covariances.
    assert np.sqrt(np.diag(covariance)) == pytest.approx(case["u_of_means"], rel=0.02)
    for name, (ohm, u) in case["ohm"].items():
        own, common = weighted_sum_u(np.array(sensitivity[name]), np.zeros(3), root(covariance))
        assert value[name] == pytest.approx(ohm, abs=0.001)
        assert hypot(own, common) == pytest.approx(u, abs=0.0006)


def test_the_calibration_line_of_the_gum_is_as_sure_at_30_degrees_as_it_says() -> None:
    """H.3: intercept and slope of a fit are correlated, -0.930."""
    case = GUM["thermometer"]
    t, b = np.array(case["t_degc"]) - case["t0_degc"], np.array(case["b_k"])
    design = np.column_stack([np.ones(len(t)), t])
    line, squares, _, _ = np.linalg.lstsq(design, b, rcond=None)
    covariance = np.linalg.inv(design.T @ design) * squares[0] / (len(t) - 2)
    at = np.array([1.0, case["at_degc"] - case["t0_degc"]])

    u = hypot(*weighted_sum_u(at, np.zeros(2), root(covariance)))

    assert line == pytest.approx([case["intercept"][0], case["slope"][0]], abs=1e-4)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(
        [case["intercept"][1], case["slope"][1]], rel=0.02
    )
    assert at @ line == pytest.approx(case["b30"][0], abs=1e-4)
    assert u == pytest.approx(case["b30"][1], abs=5e-5)


@pytest.mark.parametrize("case", GUM["classes"], ids=["operating", "reference"])
def test_a_class_stands_for_its_errors(case: Case) -> None:
    for name, mpe_ratio in case["mpe_ratio"].items():
        accuracy = electricity_accuracy(name, operating=case["operating"])
        assert accuracy == ElectricityAccuracy(mpe_ratio=mpe_ratio)


def test_transformers_add_in_quadrature_and_unknown_classes_are_refused() -> None:
    both = electricity_accuracy("0.5S", ct_class="0.5")

    assert electricity_u_ratio(both) == pytest.approx(0.005 * sqrt(2.0) / sqrt(3.0))
    with pytest.raises(ValueError, match="no class 'D'"):
        electricity_accuracy("D")
    with pytest.raises(ValueError, match="transformers"):
        electricity_accuracy("B", ct_class="7")


@pytest.mark.parametrize("case", GUM["heat"], ids=lambda case: f"{case['delta_t_k']} K")
def test_a_heat_meter_of_class_2_is_as_sure_as_the_table_says(case: Case) -> None:
    accuracy = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=10.0)

    assert 100 * heat_u_ratio(accuracy, case["delta_t_k"], 10.0) == pytest.approx(
        case["u_percent"], abs=0.006
    )


def test_a_water_meter_that_hardly_runs_is_less_sure() -> None:
    case = GUM["water"]
    accuracy = VolumeAccuracy(mpe_ratio=case["high_mpe_ratio"], q2_m3_per_h=0.1)
    meters = (replace(METERS[5], accuracy=accuracy), *METERS[:1])
    day_s = 86_400.0

    def u_ratio(total_m3: float) -> float:
        joint = JointTotals(
            total=np.array([total_m3, 1.0]), covered_s=day_s, bridged_s=0.0, window_s=day_s
        )
        return float(metered_totals(YEAR, meters, {}, joint).u[0]) / total_m3

    assert u_ratio(24.0) == pytest.approx(case["high_mpe_ratio"] / sqrt(3.0))
    assert u_ratio(1.2) == pytest.approx(case["low_mpe_ratio"] / sqrt(3.0))


@given(st.floats(-1.0, 1.0), st.floats(0.5, 2.0))
def test_a_shared_error_is_a_covariance(share: float, scale: float) -> None:
    """The ratio's uncertainty by the full covariance matrix, JCGM 100:2008, eq. 13."""
    a, b = np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0])
    x, u = np.array([3.0, 5.0, 7.0]) * scale, np.array([0.1, 0.2, 0.3])
    common = np.array([[0.2, share, 0.0], [0.0, 0.3, -share]])

    _, ours = ratio_standard_uncertainty(a, b, x, u, common)

    covariance = np.diag(u**2) + common.T @ common
    step = 1e-6
    slope = [
        (a @ (x + e) / (b @ (x + e)) - a @ (x - e) / (b @ (x - e))) / (2 * step)
        for e in step * np.eye(3)
    ]
    assert ours == pytest.approx(sqrt(np.array(slope) @ covariance @ slope), rel=1e-6)


def test_missing_time_stands_in_the_budget() -> None:
    spec = RatioKpi(
        kpi="pue", unit="ratio", numerator_unit="kWh", lower=1.0, upper=inf, boundary="test"
    )
    totals = totals_of()

    plain = ratio_result(spec, totals, FACILITY, IT.meters)
    part = ratio_result(spec, totals, FACILITY, IT.meters, missing_u=0.02)

    assert [one.name for one in part.parts] == ["meters", "missing"]
    assert plain.expanded_uncertainty is not None
    assert part.expanded_uncertainty == pytest.approx(hypot(plain.expanded_uncertainty, 0.04))


@pytest.mark.parametrize(
    ("coverage", "bridged", "flags"),
    [
        (1.0, 0.0, ()),
        (0.996, 0.009, ()),
        (0.99, 0.0, (Flag.PARTLY_MISSING,)),
        (1.0, 0.02, (Flag.BRIDGED,)),
        (0.9, 0.2, (Flag.BRIDGED, Flag.PARTLY_MISSING)),
    ],
)
def test_gaps_and_bridges_are_told_when_they_matter(
    coverage: float, bridged: float, flags: tuple[Flag, ...]
) -> None:
    totals = replace(totals_of(), coverage_ratio=coverage, bridged_ratio=bridged)

    assert pue(totals, FACILITY, IT).flags == flags


def test_a_heat_meter_below_its_least_difference_is_flagged() -> None:
    low = totals_of()
    dull = replace(METERS[4], accuracy=HeatAccuracy(accuracy_class=2, dt_min_k=20.0, qp_m3_per_h=9))
    flagged = totals_of((*METERS[:4], dull, METERS[5]))

    assert Flag.DT_BELOW_MIN not in erf(low, HEAT, FACILITY).flags
    assert Flag.DT_BELOW_MIN in erf(flagged, HEAT, FACILITY).flags
    assert Flag.DT_BELOW_MIN not in pue(flagged, FACILITY, IT).flags


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), KpiKind.ANNUAL),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), KpiKind.ANNUAL),  # a clock change
        (datetime(2025, 12, 1, tzinfo=UTC), KpiKind.INTERIM),
    ],
)
def test_a_figure_is_annual_from_twelve_months_on(end: datetime, kind: KpiKind) -> None:
    assert pue(totals_of(window=replace(YEAR, end=end)), FACILITY, IT).kind is kind


def test_a_pue_may_be_partial_lowered_and_never_of_category_zero() -> None:
    totals = totals_of()

    assert pue(totals, FACILITY, IT, kind=KpiKind.PARTIAL).kind is KpiKind.PARTIAL
    assert Flag.CATEGORY_LOWERED in pue(totals, FACILITY, IT, lowered=True).flags
    with pytest.raises(ValueError, match="category"):
        pue(totals, FACILITY, replace(IT, category=0))


@given(factor=st.floats(0.01, 100.0))
def test_uncertainty_scales_with_the_size_of_the_site(factor: float) -> None:
    totals = totals_of()
    larger = replace(totals, total=factor * totals.total, u=factor * totals.u)

    assert pue(larger, FACILITY, IT).expanded_uncertainty == pytest.approx(
        pue(totals, FACILITY, IT).expanded_uncertainty
    )
