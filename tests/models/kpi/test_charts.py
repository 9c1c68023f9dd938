"""Charts of the shipped site on the plant's own registers, against the plant's truth."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pytest

from models.kpi.charts import CHARTS, SeriesView, series_of_chart
from models.kpi.measurement import Measurement, SiteReadings
from models.registers.samples import Samples
from models.site.site import Site, site_sums
from tests.models.plant_readings import NOW, PLANT, hourly, read, site

NIGHTS = timedelta(days=16)


@cache
def _readings() -> SiteReadings:
    noise = site().noise
    assert noise is not None
    levels = [point.level for point in noise.points]
    year = hourly(
        NOW - timedelta(days=370), NOW, registers=[m.point for m in site().tree.meters.values()]
    )
    return replace(
        year,
        levels=read(NOW - NIGHTS, NOW, timedelta(minutes=5), [*levels, noise.wind]),
    )


def _chart(name: str, readings: SiteReadings, of: Site | None = None) -> SeriesView | None:
    of = of or site()
    chart = CHARTS[name]
    return series_of_chart(chart, Measurement(of, site_sums(of), readings, chart.windows(NOW)))


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_has_its_periods_and_ends_with_the_last_one(name: str) -> None:
    found = _chart(name, _readings())

    assert found is not None
    windows = CHARTS[name].windows(NOW)
    assert found.starts == tuple(one.start for one in windows)
    assert len(found.values) == len(windows)
    assert any(value is not None for value in found.values)
    assert NOW - windows[-1].end < timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "truth"), [("pue_24h", "pue"), ("heat_24h", "e_reuse_kwh"), ("erf_12months", "erf")]
)
def test_figures_are_those_of_the_plant(name: str, truth: str) -> None:
    found = _chart(name, _readings())

    assert found is not None
    for window, value in list(zip(CHARTS[name].windows(NOW), found.values, strict=True))[-12:-1]:
        true = getattr(PLANT.truth(window.start, window.end), truth)
        assert value == pytest.approx(true, rel=0.03)


def test_hours_that_were_not_read_are_left_open() -> None:
    given = _readings()
    key = "pdu_07.active_energy_kwh"
    of = given.registers[key]
    silent = Samples(ts_us=of.ts_us[:-6], value=of.value[:-6])

    found = _chart("pue_24h", replace(given, registers={**given.registers, key: silent}))

    assert found is not None
    assert found.values[-5:] == (None,) * 5
    assert None not in found.values[:-6]


def test_a_site_without_sound_meters_has_no_nights() -> None:
    assert _chart("noise_night_14", SiteReadings(), replace(site(), noise=None)) is None


def test_the_hours_are_whole_ones_of_any_clock() -> None:
    paris = datetime.fromisoformat("2026-11-20T14:32:00+01:00")

    assert CHARTS["pue_24h"].windows(paris) == CHARTS["pue_24h"].windows(NOW)
    assert np.all([one.duration == timedelta(hours=1) for one in CHARTS["pue_24h"].windows(NOW)])
