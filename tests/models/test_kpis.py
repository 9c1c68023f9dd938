"""KPIs against hand-made cases and Monte Carlo."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.erf import erf
from models.kpi.metered import MeteredTotals, meter_u
from models.kpi.noise import ResidualLevel, energy_average_dba, noise_emergence
from models.kpi.pue import pue
from models.kpi.result import Withheld
from models.kpi.wue import wue
from models.metering.tree import ItBoundary, Meter, Role, SignedMeters
from models.metering.uncertainty import VolumeAccuracy, ratio_standard_uncertainty
from models.readings import Origin, Window

DAY = Window(
    name="today", start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC)
)
FACILITY = SignedMeters(plus=("a", "b"))
IT = ItBoundary(category=1, meters=SignedMeters(plus=("ups",), minus=("pump",)))
energies = st.floats(1.0, 1e7)


def totals(**values: float) -> MeteredTotals:
    coverage = values.pop("coverage", 1.0)
    return MeteredTotals(
        window=DAY,
        meters=tuple(values),
        total=np.array(list(values.values())),
        u=np.array(list(values.values())) * 0.006,
        coverage_ratio=coverage,
        bridged_ratio=0.0,
        origin=Origin.MEASURED,
    )


def test_load_behind_the_ups_that_is_not_it_is_taken_out() -> None:
    result = pue(totals(a=100.0, b=50.0, ups=110.0, pump=10.0), FACILITY, IT)

    assert result.value == pytest.approx(1.5)
    assert result.category == 1
    assert result.inputs == ("a", "b", "ups", "pump")


@given(energies, energies, st.floats(1e-3, 1e3))
def test_pue_does_not_depend_on_the_scale(a: float, it: float, scale: float) -> None:
    base = totals(a=a + it, b=0.0, ups=it, pump=0.0)
    scaled = totals(a=(a + it) * scale, b=0.0, ups=it * scale, pump=0.0)

    assert pue(scaled, FACILITY, IT).value == pytest.approx(pue(base, FACILITY, IT).value)


def test_an_impossible_pue_is_withheld_and_says_so() -> None:
    result = pue(totals(a=50.0, b=0.0, ups=100.0, pump=0.0), FACILITY, IT)

    assert result.value is None
    assert result.withheld is Withheld.IMPOSSIBLE


def test_below_minimum_coverage_there_is_no_value() -> None:
    result = pue(totals(a=150.0, b=0.0, ups=100.0, pump=0.0, coverage=0.3), FACILITY, IT)

    assert (result.value, result.withheld) == (None, Withheld.LOW_COVERAGE)
    assert result.coverage_ratio == 0.3


def test_no_it_energy_gives_no_pue_instead_of_infinity() -> None:
    result = pue(totals(a=150.0, b=0.0, ups=0.0, pump=0.0), FACILITY, IT)

    assert result.withheld is Withheld.ZERO_DENOMINATOR


def test_wue_is_litres_for_each_kwh() -> None:
    water = SignedMeters(plus=("a",))

    assert wue(totals(a=2.0, ups=10_000.0, pump=0.0), water, IT).value == pytest.approx(0.2)


def test_without_a_water_meter_there_is_no_wue() -> None:
    assert wue(totals(ups=1.0, pump=0.0), SignedMeters(plus=()), IT).withheld is Withheld.NO_METER


def test_more_heat_out_than_energy_in_is_impossible() -> None:
    result = erf(
        totals(a=100.0, heat=130.0), SignedMeters(plus=("heat",)), SignedMeters(plus=("a",))
    )

    assert result.withheld is Withheld.IMPOSSIBLE


def test_ratio_uncertainty_agrees_with_monte_carlo() -> None:
    """GUM supplement 1: draw the meters, look at the spread of the ratio."""
    rng = np.random.default_rng(7)
    total = np.array([700.0, 620.0, 510.0, 490.0, 12.0])
    u = total * np.array([0.004, 0.004, 0.006, 0.006, 0.01])
    top = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    bottom = np.array([0.0, 0.0, 1.0, 1.0, -1.0])
    draws = total + rng.standard_normal((200_000, 5)) * u

    _, u_ratio = ratio_standard_uncertainty(top, bottom, total, u)

    spread = np.std((draws @ top) / (draws @ bottom))
    assert u_ratio == pytest.approx(spread, rel=0.01)


def test_a_meter_in_numerator_and_denominator_is_counted_once() -> None:
    """With all of the numerator also in the denominator the ratio is 1 and certain."""
    ratio, u_ratio = ratio_standard_uncertainty(
        np.array([1.0, 1.0]), np.array([1.0, 1.0]), np.array([5.0, 9.0]), np.array([1.0, 2.0])
    )

    assert (ratio, u_ratio) == (1.0, 0.0)


@given(st.lists(st.floats(20.0, 110.0), min_size=1, max_size=50))
def test_an_energy_average_lies_between_mean_and_maximum(levels: list[float]) -> None:
    level = energy_average_dba(np.array(levels))

    assert np.mean(levels) - 1e-9 <= level <= np.max(levels) + 1e-9


def test_windy_intervals_do_not_count() -> None:
    residual = ResidualLevel(level_dba=40.0, u_db=1.0, provenance="test")
    levels = np.array([43.0] * 8 + [70.0] * 2)
    wind = np.array([2.0] * 8 + [9.0] * 2)

    result = noise_emergence(
        "noise_emergence_night", DAY, levels, wind, residual, ambient_u_db=1.0, inputs=("east",)
    )

    assert result.value == pytest.approx(3.0)
    assert result.coverage_ratio == pytest.approx(0.8)


def test_a_coarse_register_is_unsure_of_little_and_sure_of_much() -> None:
    """Two readings, each within one step: u = step / sqrt(6)."""
    meter = Meter(
        id="w",
        role=Role.POTABLE_WATER,
        point="w.v",
        accuracy=VolumeAccuracy(mpe_ratio=0.02),
        resolution=0.01,
    )

    assert meter_u(meter, 0.0, 900.0, 0.0) == pytest.approx(0.01 / np.sqrt(6))
    assert meter_u(meter, 100.0, 900.0, 0.0) == pytest.approx(2.0 / np.sqrt(3), rel=1e-5)
