"""The KPIs by day are those of the scalar functions, and the totals those of the series."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.daily.kpis import DailyKpis, SiteSums
from models.daily.metered import SHOWN, WITHHELD, DayKpi
from models.daily.scan import RegisterGrid, legal_day_edges, scan
from models.daily.totals import joint_day_totals
from models.kpi.cer import cer
from models.kpi.cue import CarbonMethod, EmissionFactor, EnergyCarrier, FactorScope, cue
from models.kpi.ere import ere
from models.kpi.erf import erf
from models.kpi.load_factor import load_factor
from models.kpi.metered import MeteredTotals, metered_totals
from models.kpi.pue import pue
from models.kpi.recovered_heat import recovered_heat
from models.kpi.ref import RenewableEnergy, RenewableKind, ref
from models.kpi.result import Flag, KpiResult
from models.kpi.wue import wue
from models.metering.tree import ItBoundary, Meter, Role, SignedMeters
from models.metering.uncertainty import (
    CommonError,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
)
from models.readings import FloatArray, Window
from models.series import (
    US_PER_HOUR,
    GridLevels,
    JointTotals,
    joint_totals,
    levels_at,
    trace_counter,
)

FIRST = datetime(2026, 3, 26, 23, tzinfo=UTC)  # midnight in Paris
MODULUS = 1000.0


def levels_of(grid: RegisterGrid) -> GridLevels:
    """The way of the live evaluation: every register traced as a whole."""
    level, segment = [], []
    for row, value in enumerate(grid.value):
        trace = trace_counter(
            grid.edges_us,
            value,
            modulus=grid.modulus[row],
            max_rate_per_h=grid.max_rate_per_h[row],
        )
        one, of = levels_at(trace, grid.edges_us, 0)
        level.append(one)
        segment.append(of)
    return GridLevels(edges_us=grid.edges_us, level=np.array(level), segment=np.array(segment))


def each_day(grid: RegisterGrid, rows: list[int]) -> list[JointTotals]:
    whole = levels_of(grid)
    picked = replace(whole, level=whole.level[rows], segment=whole.segment[rows])
    return [
        joint_totals(picked, int(start), int(end))
        for start, end in zip(grid.day_edge[:-1], grid.day_edge[1:], strict=True)
    ]


oddities = st.sampled_from(["gap", "gap", "gap", "zero", "spike", "new", "dip", "infinite"])


@st.composite
def grids(draw: st.DrawFn) -> RegisterGrid:
    """Small grids of uneven days in which anything may happen anywhere."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    lead, tail = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    edges = lead + sum(lengths) + 1 + tail
    registers = draw(st.integers(1, 4))
    rows, rates, moduli = [], [], []
    for _ in range(registers):
        gains = draw(
            st.lists(st.floats(0.0, 40.0), min_size=edges - 1, max_size=edges - 1).map(np.array)
        )
        value = draw(st.floats(0.0, 1000.0)) + np.concatenate([[0.0], np.cumsum(gains)])
        rolls = draw(st.booleans())
        value = value % MODULUS if rolls else value
        for _ in range(draw(st.integers(0, 4))):
            misread(value, draw(oddities), draw(st.integers(0, edges - 1)))
        rows.append(value)
        moduli.append(MODULUS if rolls else None)
        rates.append(draw(st.sampled_from([None, 40.0])))
    steps_us = draw(
        st.lists(st.sampled_from([1, 1, 2]), min_size=edges, max_size=edges).map(np.array)
    )
    return RegisterGrid(
        edges_us=np.cumsum(steps_us) * US_PER_HOUR,
        value=np.array(rows),
        day_edge=lead + np.concatenate([[0], np.cumsum(lengths)]),
        modulus=tuple(moduli),
        max_rate_per_h=tuple(rates),
    )


def misread(value: FloatArray, what: str, at: int) -> None:
    match what:
        case "gap":
            value[at : at + 4] = np.nan
        case "zero":
            value[at] = 0.0
        case "spike":
            value[at] = 1e9
        case "infinite":
            value[at] = np.inf
        case "dip":
            value[at] /= 2.0
        case "new" if np.isfinite(value[at]):
            value[at:] -= value[at]


@settings(max_examples=200, deadline=None)
@given(grids(), st.data())
def test_totals_by_day_are_the_joint_totals_of_each_day(
    grid: RegisterGrid, data: st.DataObject
) -> None:
    rows = data.draw(st.permutations(range(len(grid.value))))
    rows = rows[: data.draw(st.integers(1, len(rows)))]

    ours = joint_day_totals(scan(grid), rows)

    for day, theirs in enumerate(each_day(grid, rows)):
        assert ours.total[:, day] == pytest.approx(theirs.total, rel=1e-9, abs=1e-6)
        assert ours.covered_s[day] == pytest.approx(theirs.covered_s)
        assert ours.bridged_s[day] == pytest.approx(theirs.bridged_s)
        assert ours.window_s[day] == pytest.approx(theirs.window_s)


@given(grids())
def test_a_day_called_clean_holds_no_odd_reading(grid: RegisterGrid) -> None:
    scanned = scan(grid)
    whole = levels_of(grid)

    for row, day in np.argwhere(scanned.clean):
        edges = slice(grid.day_edge[day], grid.day_edge[day + 1] + 1)
        assert np.isfinite(whole.level[row, edges]).all()
        assert len(set(whole.segment[row, edges].tolist())) == 1


HEAT = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=20.0)
BATCH = (CommonError(name="batch", mpe_ratio=0.004),)
RIG = (CommonError(name="rig", mpe_ratio=0.01),)


def meter(name: str, role: Role, accuracy: object = None, **more: object) -> Meter:
    return Meter(
        id=name,
        role=role,
        point=name,
        accuracy=accuracy or ElectricityAccuracy(mpe_ratio=0.01),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


METERS = (
    meter("dc", Role.UTILITY_INTAKE, ElectricityAccuracy(mpe_ratio=0.005, ct_mpe_ratio=0.005)),
    meter("pv", Role.PHOTOVOLTAIC),
    meter("it_a", Role.PDU, common_errors=BATCH, max_rate_per_h=400.0),
    meter("it_b", Role.PDU, common_errors=BATCH, modulus=50_000.0, max_rate_per_h=400.0),
    meter("fan", Role.COOLING, common_errors=BATCH),
    meter("chiller", Role.COOLING, resolution=1.0),
    meter("out", Role.HEAT_HANDOVER, HEAT, volume_point="out_m3", common_errors=RIG),
    meter("greenhouse", Role.HEAT_HANDOVER, HEAT),
    meter("removed", Role.HEAT_REMOVED, HEAT, volume_point="removed_m3", common_errors=RIG),
    meter(
        "water",
        Role.POTABLE_WATER,
        VolumeAccuracy(mpe_ratio=0.02, q2_m3_per_h=0.03),
        resolution=0.001,
    ),
)
VOLUMES = {"out": len(METERS), "removed": len(METERS) + 1}
MEAN_PER_H = [480.0, 60.0, 200.0, 180.0, 20.0, 60.0, 100.0, 15.0, 350.0, 0.04, 9.0, 60.0]
FACILITY = SignedMeters(plus=("dc",))
IT = ItBoundary(category=2, meters=SignedMeters(plus=("it_a", "it_b"), minus=("fan",)))
GRID_MIX = EnergyCarrier(
    name="grid",
    meters=FACILITY,
    factor=EmissionFactor(
        kgco2e_per_kwh=0.0217,
        source="RTE 2024",
        vintage=2024,
        scope=FactorScope.DIRECT,
        u_ratio=0.1,
    ),
)
PV = SignedMeters(plus=("pv",))
OUT, COOLING = SignedMeters(plus=("out", "greenhouse")), SignedMeters(plus=("fan", "chiller"))
REMOVED, WATER = SignedMeters(plus=("removed",)), SignedMeters(plus=("water",))
SUMS = SiteSums(
    facility=FACILITY,
    it=IT,
    reused=OUT,
    heat_removed=REMOVED,
    cooling=COOLING,
    water=WATER,
    renewable=PV,
    rated_it_kw=500.0,
    carriers=(GRID_MIX,),
)
ROOF = RenewableEnergy(name="roof", kind=RenewableKind.ON_SITE, attributes_retired=True, meters=PV)
SCALAR: dict[str, tuple[tuple[SignedMeters, ...], Callable[[MeteredTotals], KpiResult]]] = {
    "pue": ((FACILITY, IT.meters), lambda t: pue(t, FACILITY, IT)),
    "wue": ((WATER, IT.meters), lambda t: wue(t, WATER, IT)),
    "erf": ((OUT, FACILITY), lambda t: erf(t, OUT, FACILITY)),
    "ere": ((FACILITY, OUT, IT.meters), lambda t: ere(t, FACILITY, OUT, IT)),
    "cer": ((REMOVED, COOLING), lambda t: cer(t, REMOVED, COOLING)),
    "ref": ((PV, FACILITY), lambda t: ref(t, FACILITY, (ROOF,))),
    "recovered_heat": ((OUT,), lambda t: recovered_heat(t, OUT)),
    "load_factor": ((IT.meters,), lambda t: load_factor(t, IT, 500.0)),
    "cue_location": (
        (FACILITY, IT.meters),
        lambda t: cue(t, (GRID_MIX,), IT, CarbonMethod.LOCATION),
    ),
}


def site_grid(seed: int) -> RegisterGrid:
    """Two weeks of five minutes around the March clock change, with all that goes wrong."""
    rng = np.random.default_rng(seed)
    edges = 14 * 288 + 1
    mean = np.array(MEAN_PER_H)[:, None] / 12.0
    load = 0.4 + 1.2 * rng.random((len(MEAN_PER_H), 1 + edges // 288)).repeat(288, axis=1)
    value = np.cumsum(mean * load[:, :edges] * rng.uniform(0.9, 1.1, (1, edges)), axis=1)
    value[3] = (value[3] + 30_000.0) % 50_000.0  # rolls over
    value[1, 700:] -= value[1, 700]  # a new meter
    value[6, 1500] = 0.0  # a glitch
    value[9, 2000:3300] = np.nan  # four and a half days of silence, and then
    value[10, 2900:] = value[10, 2900]  # no flow any more
    value[2, 864:1152] = np.nan
    for _ in range(12):
        row, at = rng.integers(len(value)), rng.integers(edges)
        value[row, at : at + rng.integers(1, 200)] = np.nan
    edges_us = int(FIRST.timestamp()) * 1_000_000 + np.arange(edges) * (US_PER_HOUR // 12)
    return RegisterGrid(
        edges_us=edges_us,
        value=value,
        day_edge=legal_day_edges(edges_us),
        modulus=tuple([m.modulus for m in METERS] + [None] * len(VOLUMES)),
        max_rate_per_h=tuple([m.max_rate_per_h for m in METERS] + [None] * len(VOLUMES)),
    )


def window_of(grid: RegisterGrid, day: int) -> Window:
    start, end = (
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(grid.edges_us[edge]))
        for edge in grid.day_edge[day : day + 2]
    )
    return Window(name="day", start=start, end=end)


def scalar_results(grid: RegisterGrid, name: str) -> list[KpiResult]:
    sums, compute = SCALAR[name]
    ids = list(dict.fromkeys(one for sum_ in sums for one in sum_.ids))
    row = {m.id: n for n, m in enumerate(METERS)}
    with_volume = [one for one in ids if one in VOLUMES]
    rows = [row[one] for one in ids] + [VOLUMES[one] for one in with_volume]
    volumes = {one: len(ids) + n for n, one in enumerate(with_volume)}
    meters = tuple(METERS[row[one]] for one in ids)
    return [
        compute(metered_totals(window_of(grid, day), meters, volumes, joint))
        for day, joint in enumerate(each_day(grid, rows))
    ]


def assert_same(ours: DayKpi, day: int, theirs: KpiResult) -> None:
    assert ours.kpi == theirs.kpi
    assert ours.unit == theirs.unit
    code = int(ours.withheld[day])
    assert (None if code == SHOWN else WITHHELD[code]) == theirs.withheld
    if theirs.value is None:
        assert isnan(ours.value[day])
    else:
        assert ours.value[day] == pytest.approx(theirs.value)
        assert ours.coverage_ratio[day] == pytest.approx(theirs.coverage_ratio)
        assert ours.bridged_ratio[day] == pytest.approx(theirs.bridged_ratio)
        assert ours.below_dt_min[day] == (Flag.DT_BELOW_MIN in theirs.flags)
    if theirs.expanded_uncertainty is None:
        assert isnan(ours.expanded_uncertainty[day])
    else:
        assert ours.expanded_uncertainty[day] == pytest.approx(theirs.expanded_uncertainty)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_kpi_by_day_is_that_of_the_scalar_function(seed: int) -> None:
    grid = site_grid(seed)

    by_day = DailyKpis(SUMS, METERS, grid, VOLUMES).all()

    assert set(by_day) == set(SCALAR)
    for name, ours in by_day.items():
        for day, theirs in enumerate(scalar_results(grid, name)):
            assert_same(ours, day, theirs)


def test_the_sample_of_days_holds_shown_withheld_and_flagged_ones() -> None:
    by_day = DailyKpis(SUMS, METERS, site_grid(1), VOLUMES).all()

    assert (by_day["wue"].withheld == SHOWN).any()
    assert {WITHHELD[code] for code in by_day["wue"].withheld if code != SHOWN}
    assert (by_day["pue"].bridged_ratio > 0).any()
    assert (by_day["pue"].common_u > 0).any()
    for one in by_day.values():
        assert (
            one.expanded_uncertainty
            == pytest.approx(2.0 * np.hypot(one.meters_u, one.common_u), nan_ok=True)
            or one.kpi == "ref"
        )


def test_the_day_of_the_clock_change_has_an_hour_less() -> None:
    grid = site_grid(1)

    steps = np.diff(grid.day_edge)

    assert steps.tolist()[:4] == [288, 288, 276, 288]


def test_a_grid_without_an_edge_at_midnight_is_refused() -> None:
    off = int(FIRST.timestamp()) * 1_000_000 + 60_000_000 + np.arange(60) * US_PER_HOUR

    with pytest.raises(ValueError, match="midnight"):
        legal_day_edges(off)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("edges_us", np.array([0, 1]), "edges"),
        ("edges_us", np.array([0, 2, 1]), "increase"),
        ("day_edge", np.array([0]), "day_edge"),
        ("day_edge", np.array([0, 3]), "outside"),
        ("modulus", (), "one entry"),
        ("value", np.zeros((0, 3)), "no register"),
    ],
)
def test_a_grid_that_does_not_fit_is_refused(field: str, value: object, message: str) -> None:
    good = {
        "edges_us": np.array([0, 1, 2]),
        "value": np.zeros((1, 3)),
        "day_edge": np.array([0, 2]),
        "modulus": (None,),
        "max_rate_per_h": (None,),
    }

    with pytest.raises(ValueError, match=message):
        RegisterGrid(**{**good, field: value})  # type: ignore[arg-type]
