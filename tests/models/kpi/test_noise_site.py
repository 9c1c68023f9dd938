"""Noise of a site of several points: each by its own residual level, and the worst counts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from models.kpi.definition import KpiGroup
from models.kpi.noise_site import NOISE_KPIS, interval_levels, noise_keys
from models.kpi.result import Flag, KpiResult, UncertaintyPart, Withheld
from models.legal_time.nights import day_hours, night_before
from models.quantities import Quantity
from models.readings import Origin, Window
from models.registers.samples import NO_SAMPLES
from models.site.noise import NoiseMonitoring, NoisePoint
from tests.models.kpi.small_site import (
    MINUTE_US,
    START,
    START_US,
    measured,
    results,
    shown,
    site_of,
)

DAY = date(2026, 1, 6)
NIGHT, DAYTIME = night_before(DAY), day_hours(DAY)
EAST = NoisePoint(
    id="east",
    label_fr="est",
    label_en="east",
    level="east.laeq",
    residual_day_dba=50.0,
    residual_night_dba=40.0,
    residual_u_db=4.0,
    ambient_u_db=3.0,
    provenance="before commissioning",
    measured_on=date(2025, 6, 1),
)
WEST = replace(EAST, id="west", level="west.laeq", residual_u_db=1.0)
NOISE = NoiseMonitoring(wind="mast.wind", points=(EAST, WEST))
EVERY_TEN = START_US + 10 * MINUTE_US * np.arange(3 * 24 * 6, dtype=np.int64)


def of_site(
    kpi: str, window: Window, levels: Mapping[str, float], noise: NoiseMonitoring | None = NOISE
) -> KpiResult:
    read = {key: shown(EVERY_TEN, np.full(len(EVERY_TEN), one)) for key, one in levels.items()}
    [result] = results(measured(site_of(noise=noise), {}, [window], levels=read), kpi)
    return result


def both(east: float, west: float) -> dict[str, float]:
    return {"east.laeq": east, "west.laeq": west, "mast.wind": 1.0}


@pytest.mark.parametrize(
    ("east", "west", "worst"), [(43.0, 42.0, 3.0), (42.0, 43.0, 3.0), (40.0, 40.5, 0.5)]
)
def test_the_loudest_point_counts(east: float, west: float, worst: float) -> None:
    assert of_site("noise_emergence_night", NIGHT, both(east, west)).value == worst


def test_a_silent_meter_hides_no_other() -> None:
    west = {"west.laeq": 43.0, "mast.wind": 1.0}
    found = of_site("noise_emergence_night", NIGHT, west)

    assert (found.value, found.inputs) == (3.0, ("west",))


@pytest.mark.parametrize("read", [{}, {"east.laeq": 43.0, "west.laeq": 43.0}])
def test_without_levels_or_wind_nothing_is_said_of_the_first_point(
    read: Mapping[str, float],
) -> None:
    found = of_site("noise_emergence_night", NIGHT, read)

    assert (found.value, found.withheld) == (None, Withheld.NO_DATA)


def test_a_site_with_one_silent_meter_has_a_figure_that_is_withheld() -> None:
    alone = NoiseMonitoring(wind="mast.wind", points=(EAST,))
    found = of_site("noise_emergence_night", NIGHT, {}, alone)

    assert (found.value, found.withheld) == (None, Withheld.NO_DATA)


def test_day_and_night_have_residual_levels_of_their_own() -> None:
    found = of_site("noise_emergence_day", DAYTIME, both(52.0, 51.0))

    assert (found.value, found.denominator) == (2.0, 50.0)
    assert of_site("noise_emergence_night", NIGHT, both(52.0, 51.0)).value == 12.0


def test_a_residual_level_comes_with_its_provenance_and_its_age() -> None:
    old = replace(EAST, measured_on=date(2020, 2, 1))
    noise = NoiseMonitoring(wind="mast.wind", points=(old,))
    found = of_site("noise_emergence_night", NIGHT, both(43.0, 0.0), noise)

    assert found.boundary == "property line; residual level: before commissioning (2020-02-01)"
    assert found.flags == (Flag.OLD_RESIDUAL,)
    assert of_site("noise_emergence_night", NIGHT, both(43.0, 0.0)).flags == ()
    level = of_site("noise_boundary_night", NIGHT, both(43.0, 0.0), noise)
    assert level.flags == ()


def test_a_level_at_the_line_rests_on_the_sound_meter_alone() -> None:
    read = {
        key: shown(EVERY_TEN, np.full(len(EVERY_TEN), one)) for key, one in both(43.0, 0.0).items()
    }

    assert NOISE_KPIS["noise_boundary_night"].at_point(NOISE, EAST, NIGHT, read) == KpiResult(
        kpi="noise_boundary_night",
        window=NIGHT,
        unit="dB(A)",
        value=43.0,
        expanded_uncertainty=6.0,
        coverage_ratio=1.0,
        boundary="property line",
        origin=Origin.MEASURED,
        parts=(UncertaintyPart(name="ambient", u=3.0),),
        inputs=("east",),
    )


def test_a_level_that_is_withheld_has_no_uncertainty() -> None:
    found = of_site("noise_boundary_night", NIGHT, {})

    assert (found.value, found.expanded_uncertainty, found.parts) == (None, None, ())


def test_a_series_knows_its_periods() -> None:
    one = measured(site_of(noise=NOISE), {}, [NIGHT])
    [series] = NOISE_KPIS["noise_emergence_night"].produce(one)

    assert series.periods is one.periods


def test_a_site_without_sound_meters_has_no_noise() -> None:
    quiet = measured(site_of(noise=None), {}, [NIGHT])

    assert NOISE_KPIS["noise_emergence_night"].produce(quiet) == ()
    assert noise_keys(NOISE) == ("east.laeq", "west.laeq", "mast.wind")


HALF_HOUR = Window(name="test", start=START, end=datetime(2026, 1, 5, 0, 30, tzinfo=UTC))
NAN = np.nan


@pytest.mark.parametrize(
    ("minutes", "read"),
    [
        # the report of an interval is the first from its end on, before the next one ends
        ([10, 20, 30], [1.0, 2.0, 3.0]),
        ([0, 10, 19.9, 29.9, 39.9], [2.0, 4.0, 5.0]),
        ([10, 15, 20, 25], [1.0, 3.0, NAN]),
        ([20], [NAN, 1.0, NAN]),
        ([40], [NAN, NAN, NAN]),
        ([0], [NAN, NAN, NAN]),
        ([], [NAN, NAN, NAN]),
    ],
)
def test_each_ten_minutes_have_the_first_report_after_them(
    minutes: list[float], read: list[float]
) -> None:
    ts_us = np.array([START_US + round(one * MINUTE_US) for one in minutes], np.int64)
    samples = shown(ts_us, [1.0 + n for n in range(len(minutes))])
    found = interval_levels(samples, HALF_HOUR)

    np.testing.assert_array_equal(found, read)
    assert found.dtype == np.float64


def test_a_report_without_a_value_is_none() -> None:
    ts_us = START_US + MINUTE_US * np.array([10, 11, 20], np.int64)

    np.testing.assert_array_equal(
        interval_levels(shown(ts_us, [NAN, 2.0, NAN]), HALF_HOUR), [2.0, NAN, NAN]
    )
    assert len(interval_levels(NO_SAMPLES, NIGHT)) == 54


def test_the_noise_kpis_are_what_charters_name() -> None:
    rows = {
        one.id: (one.windows, one.lower, one.upper, one.by_night, one.boundary_level)
        for one in NOISE_KPIS.values()
    }

    assert rows == {
        "noise_emergence_day": (("last_day",), -130.0, 130.0, False, False),
        "noise_emergence_night": (("last_night",), -130.0, 130.0, True, False),
        "noise_boundary_day": (("last_day",), 10.0, 140.0, False, True),
        "noise_boundary_night": (("last_night",), 10.0, 140.0, True, True),
    }
    for one in NOISE_KPIS.values():
        assert (one.unit, one.quantity, one.group, one.decimals) == (
            "dB(A)",
            Quantity.SOUND_LEVEL,
            KpiGroup.NOISE,
            1,
        )
