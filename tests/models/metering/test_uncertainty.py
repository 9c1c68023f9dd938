"""Propagation against the examples of the GUM and against Monte Carlo (JCGM 101)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from math import hypot, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.cer import CER
from models.kpi.ere import ERE
from models.kpi.erf import ERF
from models.kpi.pue import PUE
from models.kpi.recovered_heat import RECOVERED_HEAT
from models.kpi.result import Flag, KpiKind
from models.kpi.series import KpiSeries
from models.kpi.totals import MeteredTotals, metered_totals, totals_of
from models.kpi.wue import WUE
from models.metering.tree import Meter, Role, SignedMeters
from models.metering.uncertainty import (
    CommonError,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_u_ratio,
    heat_mpe_parts,
    heat_u_ratio,
)
from models.readings import FloatArray, Window
from models.registers.periods import JointCounts, Periods

Case = dict[str, Any]

GUM: Case = json.loads((Path(__file__).parents[2] / "oracles" / "gum.json").read_text())

YEAR = Window(
    name="12months", start=datetime(2025, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 1, tzinfo=UTC)
)
DRAWS = 200_000
CLASS_1 = ElectricityAccuracy(mpe_ratio=0.01)


def meter(name: str, role: Role, accuracy: object = CLASS_1, **more: object) -> Meter:
    # max_rate_per_h is not known: nothing is missed below a starting rate.
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
SUMS = {
    "facility": SignedMeters(plus=("dc",)),
    "it": SignedMeters(plus=("it_a", "it_b")),
    "reused": SignedMeters(plus=("heat",)),
    "heat_removed": SignedMeters(plus=("heat",)),
    "water": SignedMeters(plus=("water",)),
    "cooling": SignedMeters(plus=("cooling",)),
}


def counts(totals: list[float], hours: float = 8760.0) -> JointCounts:
    """Joint counts of one period that is covered throughout."""
    length_us = round(hours * 3_600_000_000)
    nothing = np.zeros((len(totals), 1))
    return JointCounts(
        periods=Periods(start_us=np.array([0]), end_us=np.array([length_us])),
        total=np.array(totals)[:, None],
        edge_u=nothing,
        step_u=nothing,
        covered_s=np.array([hours * 3600.0]),
        bridged_s=np.zeros(1),
        frozen_s=np.zeros(1),
        missing_s=nothing,
        cause=np.zeros(1, np.int64),
    )


def metered(meters: tuple[Meter, ...] = METERS) -> MeteredTotals:
    volumes = {"heat": counts([TOTAL["heat"], HEAT_M3])}
    return metered_totals(meters, counts([TOTAL[m.id] for m in meters]), volumes, sums=SUMS)


def in_sums(totals: MeteredTotals, **sums: SignedMeters) -> MeteredTotals:
    return replace(totals, sums={**totals.sums, **sums})


def expanded(series: KpiSeries) -> float:
    return float(series.expanded_uncertainty[0])


def flags(series: KpiSeries) -> set[Flag]:
    return {flag for flag, where in series.flags.items() if where[0]}


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


def check(series: KpiSeries, samples: FloatArray) -> None:
    assert expanded(series) == pytest.approx(2.0 * np.std(samples), rel=0.02)


@pytest.mark.parametrize("shared", [False, True])
def test_every_ratio_has_the_uncertainty_of_monte_carlo(shared: bool) -> None:
    bias = (CommonError(name="same batch", mpe_ratio=0.02),) if shared else ()
    meters = tuple(
        replace(m, common_errors=bias) if m.role in {Role.PDU, Role.COOLING} else m for m in METERS
    )
    totals, x = metered(meters), draws(meters)
    it = x["it_a"] + x["it_b"]

    check(PUE.of(totals), x["dc"] / it)
    check(WUE.of(totals), 1e3 * x["water"] / it)
    check(ERF.of(totals), x["heat"] / x["dc"])
    check(ERE.of(totals), (x["dc"] - x["heat"]) / it)
    check(CER.of(totals), x["heat"] / x["cooling"])
    check(RECOVERED_HEAT.of(totals), x["heat"])


def test_a_meter_above_and_below_the_line_is_counted_once() -> None:
    """PUE from UPS losses: (it + cooling) / it, where the error of it nearly cancels."""
    x = draws(METERS)
    whole = SignedMeters(plus=("it_a", "it_b", "cooling"))

    check(
        PUE.of(in_sums(metered(), facility=whole)),
        (x["it_a"] + x["it_b"] + x["cooling"]) / (x["it_a"] + x["it_b"]),
    )


def test_a_common_bias_of_all_meters_leaves_a_ratio_alone_and_adds_up_in_a_sum() -> None:
    bias = (CommonError(name="rig", mpe_ratio=0.03),)
    plain, biased = metered(), metered(tuple(replace(m, common_errors=bias) for m in METERS))
    both = np.array([float(m.id in {"it_a", "it_b"}) for m in METERS])

    assert expanded(PUE.of(biased)) == pytest.approx(expanded(PUE.of(plain)))
    own, common = biased.u_parts(both)
    assert own == pytest.approx(plain.u_parts(both)[0])
    assert common == pytest.approx(0.03 / sqrt(3.0) * (TOTAL["it_a"] + TOTAL["it_b"]))


def test_the_budget_adds_up_to_the_whole() -> None:
    bias = (CommonError(name="rig", mpe_ratio=0.01),)
    meters = tuple(replace(m, common_errors=bias) if m.role is Role.PDU else m for m in METERS)

    result = PUE.of(metered(meters)).result(0, YEAR)

    assert [part.name for part in result.parts] == ["meters", "common"]
    assert result.expanded_uncertainty == pytest.approx(2.0 * hypot(*(p.u for p in result.parts)))


def u_parts(weight: FloatArray, u: FloatArray, common: FloatArray | None = None) -> float:
    """Standard uncertainty of a weighted sum of quantities of size 1."""
    totals = totals_of({str(n): (1.0, float(one)) for n, one in enumerate(u)})
    own, shared = replace(totals, common_ratio=common).u_parts(weight)
    return hypot(float(own[0]), float(shared[0]))


def root(covariance: FloatArray) -> FloatArray:
    """Correlated inputs as independent sources, one row each: the form of common errors."""
    return np.asarray(np.linalg.cholesky(covariance).T)


@pytest.mark.parametrize("case", GUM["budgets"], ids=lambda case: str(case["name"]))
def test_the_budgets_of_the_gum_add_up(case: Case) -> None:
    inputs = case["inputs"]
    c = np.array([one["c"] for one in inputs])
    u = np.array([one.get("u", one.get("half_width", 0.0) / sqrt(3.0)) for one in inputs])
    shared = np.array(["shared" in one for one in inputs])

    whole = u_parts(c, np.where(shared, 0.0, u), np.where(shared, u, 0.0)[None])

    assert whole == pytest.approx(case["u"], abs=case["within"])
    for one, part in zip(inputs, np.abs(c * u), strict=True):
        assert part == pytest.approx(one.get("part", part), rel=1e-4)


def test_a_wide_rectangular_error_makes_the_normal_interval_too_wide_and_never_too_narrow() -> None:
    """JCGM 101:2008, 9.2.4: 95 % of the draws lie within 17.0, the GUM's interval is 19.9."""
    rng = np.random.default_rng(3)
    width = sqrt(3.0) * np.array([1.0, 1.0, 1.0, 10.0])
    drawn = (rng.uniform(-1.0, 1.0, (DRAWS, 4)) * width).sum(axis=1)

    own = u_parts(np.ones(4), width / sqrt(3.0))

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
        found = u_parts(np.array(sensitivity[name]), np.zeros(3), root(covariance))
        assert value[name] == pytest.approx(ohm, abs=0.001)
        assert found == pytest.approx(u, abs=0.0006)


def test_the_calibration_line_of_the_gum_is_as_sure_at_30_degrees_as_it_says() -> None:
    """H.3: intercept and slope of a fit are correlated, -0.930."""
    case = GUM["thermometer"]
    t, b = np.array(case["t_degc"]) - case["t0_degc"], np.array(case["b_k"])
    design = np.column_stack([np.ones(len(t)), t])
    line, squares, _, _ = np.linalg.lstsq(design, b, rcond=None)
    covariance = np.linalg.inv(design.T @ design) * squares[0] / (len(t) - 2)
    at = np.array([1.0, case["at_degc"] - case["t0_degc"]])

    u = u_parts(at, np.zeros(2), root(covariance))

    assert line == pytest.approx([case["intercept"][0], case["slope"][0]], abs=1e-4)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(
        [case["intercept"][1], case["slope"][1]], rel=0.02
    )
    assert at @ line == pytest.approx(case["b30"][0], abs=1e-4)
    assert u == pytest.approx(case["b30"][1], abs=5e-5)


def test_transformers_add_in_quadrature() -> None:
    both = ElectricityAccuracy(mpe_ratio=0.005, ct_mpe_ratio=0.005)

    assert electricity_u_ratio(both) == pytest.approx(0.005 * sqrt(2.0) / sqrt(3.0))


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

    def u_ratio(total_m3: float) -> float:
        joint = counts([total_m3, 1.0], hours=24.0)
        return float(metered_totals(meters, joint, {}, sums={}).u[0, 0]) / total_m3

    assert u_ratio(24.0) == pytest.approx(case["high_mpe_ratio"] / sqrt(3.0))
    assert u_ratio(1.8) == pytest.approx(case["low_mpe_ratio"] / sqrt(3.0))


def test_a_heat_meter_below_its_least_difference_is_flagged() -> None:
    dull = replace(METERS[4], accuracy=HeatAccuracy(accuracy_class=2, dt_min_k=20.0, qp_m3_per_h=9))
    flagged = metered((*METERS[:4], dull, METERS[5]))

    assert Flag.DT_BELOW_MIN not in flags(ERF.of(metered()))
    assert Flag.DT_BELOW_MIN in flags(ERF.of(flagged))
    assert Flag.DT_BELOW_MIN not in flags(PUE.of(flagged))


def test_a_coarse_register_is_unsure_of_little_and_sure_of_much() -> None:
    """Two readings, each within one step: u = step / sqrt(6)."""
    coarse = (replace(METERS[5], resolution=0.01),)

    def u(total_m3: float) -> float:
        joint = replace(counts([total_m3]), step_u=np.array([[0.01 / sqrt(6.0)]]))
        return float(metered_totals(coarse, joint, {}, sums={}).u[0, 0])

    assert u(0.0) == pytest.approx(0.01 / sqrt(6.0))
    assert u(100.0) == pytest.approx(2.0 / sqrt(3.0), rel=1e-5)


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), KpiKind.ANNUAL),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), KpiKind.ANNUAL),  # a clock change
        (datetime(2025, 12, 1, tzinfo=UTC), KpiKind.INTERIM),
    ],
)
def test_a_figure_is_annual_from_twelve_months_on(end: datetime, kind: KpiKind) -> None:
    assert PUE.of(metered()).result(0, replace(YEAR, end=end)).kind is kind


def test_a_pue_may_be_partial() -> None:
    assert PUE.of(metered(), kind=KpiKind.PARTIAL).result(0, YEAR).kind is KpiKind.PARTIAL


@given(factor=st.floats(0.01, 100.0))
def test_uncertainty_scales_with_the_size_of_the_site(factor: float) -> None:
    totals = metered()
    larger = replace(totals, total=factor * totals.total, u=factor * totals.u)

    assert expanded(PUE.of(larger)) == pytest.approx(expanded(PUE.of(totals)))
