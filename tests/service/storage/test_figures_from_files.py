"""From a file of meter readings to the figures of a period, through the program's own import."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.kpi.result import Flag, KpiResult
from models.readings import Origin
from service.evaluation.on_demand import PeriodReader
from service.site.loader import load_site
from service.storage.connection import open_pool
from service.storage.history import StoredHistory
from tests.service.storage.file_site import imported, site_file

pytestmark = pytest.mark.asyncio

YEAR_H = 8760.0
START, END = datetime(2024, 12, 31, 23, tzinfo=UTC), datetime(2025, 12, 31, 23, tzinfo=UTC)
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def hours_around(start: datetime, end: datetime) -> Iterator[datetime]:
    instant = start - timedelta(hours=2)
    while instant <= end + timedelta(hours=2):
        yield instant
        instant += timedelta(hours=1)


def readings_file(folder: Path, columns: dict[str, Callable[[float], float]]) -> Path:
    """Indexes by the hour around the year; each column a function of the hour of the year."""
    lines = ["ts," + ",".join(columns)]
    for instant in hours_around(START, END):
        hour = (instant - START) / timedelta(hours=1)
        values = ",".join(repr(float(index(hour))) for index in columns.values())
        lines.append(f"{instant.isoformat()},{values}")
    path = folder / "indexes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


async def figures(
    database_url: str, site: Path, readings: Path, period: str
) -> dict[str, KpiResult]:
    """Import the file by the command line, then measure the period."""
    await imported(database_url, site, readings)
    model = load_site(site, load_profiles(SHIPPED_PROFILES)).site
    async with open_pool(database_url) as pool:
        reader = PeriodReader(model, StoredHistory(pool, model.identity.id))
        return {one.kpi: one for one in await reader.kpis_over(period, NOW)}


def evenly(start: float, per_year: float) -> Callable[[float], float]:
    return lambda hour: start + per_year * hour / YEAR_H


@pytest.mark.parametrize(
    ("facility_kwh", "pue", "water_m3", "heat_kwh", "expected"),
    [
        # Owned sites of one operator, 2023: 12 788 415 MWh, PUE 1.08, 3 881 ML (trade press).
        (12_788_415e3, 1.08, 3_881e3, 0.0, {"pue": 1.08, "wue": 0.3278}),
        # A laboratory that cools with warm water: PUE 1.036 at 1 MW (nrel.gov).
        (1.036e3 * YEAR_H, 1.036, 0.0, 0.0, {"pue": 1.036}),
        # A cellar site at full load: 1.7 MW in, 14.9 GWh a year of heat out (operator's release).
        (1.7e3 * YEAR_H, 1.09, 0.0, 14.9e6, {"pue": 1.09, "erf": 1.0005, "ere": -0.0006}),
    ],
    ids=["hyperscaler", "laboratory", "cellar"],
)
async def test_published_years_come_out_as_published(
    database_url: str,
    tmp_path: Path,
    facility_kwh: float,
    pue: float,
    water_m3: float,
    heat_kwh: float,
    expected: dict[str, float],
) -> None:
    site = site_file(tmp_path, most_kw=3_000_000.0)
    readings = readings_file(
        tmp_path,
        {
            "intake.active_energy_kwh": evenly(5e6, facility_kwh),
            "it.active_energy_kwh": evenly(4e6, facility_kwh / pue),
            "water.volume_m3": evenly(1e3, water_m3),
            "heat.heat_energy_kwh": evenly(1e4, heat_kwh),
        },
    )

    found = await figures(database_url, site, readings, "2025")
    sha256 = hashlib.sha256(readings.read_bytes()).hexdigest()

    for kpi, published in expected.items():
        assert found[kpi].value == pytest.approx(published, abs=5e-5), kpi
        assert found[kpi].coverage_ratio == 1.0
        assert found[kpi].origin is Origin.IMPORTED
        assert found[kpi].documents == (f"indexes.csv (SHA-256 {sha256[:12]}…)",)
        assert found[kpi].window.closed
        assert (found[kpi].window.start, found[kpi].window.end) == (START, END)
    if heat_kwh:
        # The heat meter's volume was never read: the heat stands, at the worst of its class.
        assert Flag.VOLUME_UNKNOWN in found["recovered_heat"].flags
        assert found["recovered_heat"].value == pytest.approx(heat_kwh)


async def test_an_older_replica_and_restarts_cost_only_what_they_lost(
    database_url: str, tmp_path: Path
) -> None:
    """One reading in seven is 300 kWh old; nine restarts begin 0.7 kWh lower. 250 over 200 kW."""
    rng = np.random.default_rng(4)
    older = iter((rng.random(10_000) < 0.15).tolist())

    def intake(hour: float) -> float:
        lost = 0.7 * (hour // 960.0)
        return 1e6 + 250.0 * hour - lost - (300.0 if next(older) and 0 < hour < YEAR_H else 0.0)

    site = site_file(tmp_path, most_kw=600.0)
    readings = readings_file(
        tmp_path,
        {
            "intake.active_energy_kwh": intake,
            "it.active_energy_kwh": lambda hour: 9e5 + 200.0 * hour,
        },
    )

    found = await figures(database_url, site, readings, "2025")

    assert found["pue"].value == pytest.approx(1.25, abs=1e-4)
    assert found["facility_energy"].value == pytest.approx(250.0 * YEAR_H - 6.3, abs=1.0)
    assert found["pue"].coverage_ratio > 0.999
    assert not found["pue"].doubts
