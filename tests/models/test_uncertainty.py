"""Propagation against the examples of the GUM and against Monte Carlo (JCGM 101)."""

from dataclasses import replace
from datetime import UTC, datetime
from math import hypot, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.cer import cer
from models.kpi.ere import ere
from models.kpi.erf import erf
from models.kpi.metered import MeteredTotals, metered_totals, sum_uncertainty
from models.kpi.pue import pue
from models.kpi.recovered_heat import recovered_heat
from models.kpi.result import Flag, KpiKind, KpiResult
from models.kpi.wue import wue
from models.meter_tree import ItBoundary, Meter, Role, SignedMeters
from models.readings import FloatArray, Origin, Window
from models.series import JointTotals
from models.uncertainty import (
    CommonError,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    heat_mpe_parts,
)

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


def test_resistance_and_reactance_of_the_gum_come_out() -> None:
    """JCGM 100:2008, H.2: five simultaneous observations of V, I and phi, table H.2.

    R = V cos(phi) / I, X = V sin(phi) / I, Z = V / I; table H.4 gives R = 127.732 (0.071),
    X = 219.847 (0.295), Z = 254.260 (0.236) ohm. The correlated inputs go through the same
    form as common errors: a square root of their covariance, one row for each source.
    """
    volt = np.array([5.007, 4.994, 5.005, 4.990, 4.999])
    ampere = np.array([19.663, 19.639, 19.640, 19.685, 19.678]) * 1e-3
    phase = np.array([1.0456, 1.0438, 1.0468, 1.0428, 1.0433])
    observed = np.stack([volt, ampere, phase])
    v, i, p = observed.mean(axis=1)
    covariance = np.cov(observed) / 5.0
    common = np.linalg.cholesky(covariance).T.astype(np.float64)
    totals = MeteredTotals(
        window=YEAR,
        meters=("v", "i", "p"),
        total=np.array([v, i, p]),
        u=np.zeros(3),
        coverage_ratio=1.0,
        bridged_ratio=0.0,
        origin=Origin.MEASURED,
        common=common,
    )
    expected = {
        "R": (np.array([np.cos(p) / i, -v * np.cos(p) / i**2, -v * np.sin(p) / i]), 0.071),
        "X": (np.array([np.sin(p) / i, -v * np.sin(p) / i**2, v * np.cos(p) / i]), 0.295),
        "Z": (np.array([1.0 / i, -v / i**2, 0.0]), 0.236),
    }

    assert v * np.cos(p) / i == pytest.approx(127.732, abs=0.001)
    assert v * np.sin(p) / i == pytest.approx(219.847, abs=0.001)
    for sensitivity, u in expected.values():
        assert hypot(*sum_uncertainty(totals, sensitivity)) == pytest.approx(u, abs=0.0006)


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
