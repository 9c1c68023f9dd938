"""Ratios and uncertainties by day against their scalar forms, on totals of any kind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.daily.kpis import DailyKpis, SiteSums
from models.daily.metered import (
    SHOWN,
    WITHHELD,
    Fraction,
    MeteredDays,
    fraction_by_day,
    metered_days,
)
from models.daily.scan import RegisterGrid
from models.daily.totals import JointDayTotals
from models.kpi.metered import MeteredTotals, RatioKpi, metered_totals, ratio_result
from models.kpi.result import Withheld
from models.metering.tree import ItBoundary, Meter, Role, SignedMeters
from models.metering.uncertainty import (
    CommonError,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    heat_u_ratio,
    heat_u_ratios,
)
from models.readings import FloatArray, Origin, Window
from models.series import US_PER_HOUR, JointTotals

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = Window(name="day", start=START, end=START + timedelta(days=1))
DAY_S = 86_400.0
NAMES = ("a", "b", "c")
SPEC = RatioKpi(
    kpi="erf", unit="ratio", numerator_unit="kWh", lower=0.0, upper=1.0, boundary="test", scale=2.0
)
HEAT = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=20.0)
OUT = Meter(id="out", role=Role.HEAT_HANDOVER, point="out", accuracy=HEAT, volume_point="m3")

amounts = st.lists(st.just(0.0) | st.floats(1.0, 1e4), min_size=3, max_size=3).map(np.array)
shares = st.lists(st.floats(0.0, 0.1), min_size=3, max_size=3).map(np.array)
sums = st.sampled_from(
    [
        SignedMeters(plus=("a",)),
        SignedMeters(plus=("b", "c")),
        SignedMeters(plus=("c",), minus=("a",)),
        SignedMeters(plus=("a", "b", "c")),
    ]
)
coverages = st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0])


@settings(max_examples=300)
@given(amounts, shares, shares, st.tuples(sums, sums), coverages)
def test_a_ratio_by_day_is_shown_or_withheld_as_the_scalar_one(
    total: FloatArray,
    own: FloatArray,
    shared: FloatArray,
    parts: tuple[SignedMeters, SignedMeters],
    coverage: float,
) -> None:
    top, bottom = parts
    scalar = MeteredTotals(
        window=DAY,
        meters=NAMES,
        total=total,
        u=own * total,
        common=(shared * total)[None],
        coverage_ratio=coverage,
        bridged_ratio=0.0,
        origin=Origin.MEASURED,
    )
    days = MeteredDays(
        meters=NAMES,
        total=total[:, None],
        u=(own * total)[:, None],
        common_ratio=shared[None],
        below_dt_min=np.zeros((3, 1), dtype=bool),
        covered_s=np.array([coverage * DAY_S]),
        coverage_ratio=np.array([coverage]),
        bridged_ratio=np.zeros(1),
    )

    theirs = ratio_result(SPEC, scalar, top, bottom)
    ours = fraction_by_day(SPEC, days, Fraction(top=days.weights(top), bottom=days.weights(bottom)))

    code = int(ours.withheld[0])
    assert (None if code == SHOWN else WITHHELD[code]) == theirs.withheld
    assert theirs.withheld is not Withheld.NO_METER
    if theirs.value is None or theirs.expanded_uncertainty is None:
        assert isnan(ours.value[0])
        assert isnan(ours.expanded_uncertainty[0])
    else:
        assert ours.value[0] == pytest.approx(theirs.value)
        assert ours.expanded_uncertainty[0] == pytest.approx(theirs.expanded_uncertainty)


@given(st.floats(0.05, 100.0), st.floats(0.05, 100.0), st.sampled_from([1, 2, 3]))
def test_many_heat_meters_at_once_are_as_sure_as_one_by_one(
    drop_k: float, flow: float, accuracy_class: int
) -> None:
    accuracy = replace(HEAT, accuracy_class=accuracy_class)

    many = heat_u_ratios(accuracy, np.array([drop_k, -1.0, np.nan]), np.array([flow, flow, flow]))

    assert many[0] == pytest.approx(heat_u_ratio(accuracy, drop_k, flow))
    assert np.isnan(many[1:]).all()


@given(
    st.just(0.0) | st.floats(1.0, 1e5),
    st.just(0.0) | st.floats(1e-3, 2000.0),
    st.just(0.0) | st.floats(60.0, DAY_S),
    st.sampled_from(
        [HEAT, VolumeAccuracy(mpe_ratio=0.02, q2_m3_per_h=50.0), VolumeAccuracy(mpe_ratio=0.02)]
    ),
)
def test_a_meter_by_day_has_the_uncertainty_of_the_scalar_one(
    counted: float, volume_m3: float, covered_s: float, accuracy: HeatAccuracy | VolumeAccuracy
) -> None:
    one = (
        replace(
            OUT,
            accuracy=accuracy,
            resolution=0.5,
            common_errors=(CommonError(name="rig", mpe_ratio=0.01),),
        ),
    )
    total = np.array([counted, volume_m3])
    scalar = metered_totals(
        DAY,
        one,
        {"out": 1},
        JointTotals(total=total, covered_s=covered_s, bridged_s=0.0, window_s=DAY_S),
    )
    ours = metered_days(
        one,
        {"out": 1},
        JointDayTotals(
            total=total[:, None],
            covered_s=np.array([covered_s]),
            bridged_s=np.zeros(1),
            window_s=np.array([DAY_S]),
        ),
    )

    assert ours.u[0, 0] == pytest.approx(scalar.u[0], rel=1e-9)
    assert bool(ours.below_dt_min[0, 0]) == bool(scalar.below_dt_min)
    assert scalar.common is not None
    assert ours.common_ratio[0, 0] * counted == pytest.approx(scalar.common[0, 0])


def test_only_the_kpis_that_the_meters_allow_are_given() -> None:
    """Two days of 30 kWh an hour, 20 kWh of them IT, 25 kW rated, and more roof than use."""
    meters = [
        Meter(id=name, role=role, point=name, accuracy=ElectricityAccuracy(mpe_ratio=0.01))
        for name, role in (
            ("dc", Role.UTILITY_INTAKE),
            ("it", Role.UPS_OUTPUT),
            ("roof", Role.PHOTOVOLTAIC),
        )
    ]
    hours = np.arange(49)
    grid = RegisterGrid(
        edges_us=hours * US_PER_HOUR,
        value=np.array([30.0, 20.0, 33.0])[:, None] * hours,
        day_edge=np.array([0, 24, 48]),
        modulus=(None, None, None),
        max_rate_per_h=(None, None, None),
    )
    site = SiteSums(
        facility=SignedMeters(plus=("dc",)),
        it=ItBoundary(category=1, meters=SignedMeters(plus=("it",))),
        renewable=SignedMeters(plus=("roof",)),
        rated_it_kw=25.0,
    )

    by_day = DailyKpis(site, meters, grid).all()

    assert set(by_day) == {"pue", "ref", "load_factor"}
    assert by_day["pue"].value == pytest.approx([1.5, 1.5])
    assert by_day["load_factor"].value == pytest.approx([0.8, 0.8])
    assert by_day["ref"].value.tolist() == [1.0, 1.0]
    # 1.1 +/- 2 sqrt(2) 1.1 0.01 / sqrt(3), of which the part above 1 goes with the cap.
    assert by_day["ref"].expanded_uncertainty == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize("rated_it_kw", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rated_load_that_is_none_is_refused(rated_it_kw: float) -> None:
    with pytest.raises(ValueError, match="rated_it_kw"):
        SiteSums(
            facility=SignedMeters(plus=("dc",)),
            it=ItBoundary(category=1, meters=SignedMeters(plus=("it",))),
            rated_it_kw=rated_it_kw,
        )
