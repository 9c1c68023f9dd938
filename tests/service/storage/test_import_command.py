"""``boucle import``: what it says of the readings it took."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.service.storage.test_figures_from_files import site_file

pytestmark = pytest.mark.asyncio


async def test_what_monthly_readings_give_and_cannot_give_is_said_with_the_import(
    database_url: str, tmp_path: Path
) -> None:
    monthly = ["ts,intake.active_energy_kwh,it.active_energy_kwh,heat.supply_temp_degc"]
    monthly += [
        f"{2024 + month // 12}-{month % 12 + 1:02}-20T09:00:00Z,{3e5 * month},{2e5 * month},61.5"
        for month in range(20)
    ]
    often = ["ts,water.volume_m3"]
    often += [f"2025-03-01T{n // 12:02}:{n % 12 * 5:02}:00Z,{n / 10}" for n in range(288)]
    paths = [tmp_path / "monthly.csv", tmp_path / "often.csv"]
    for path, lines in zip(paths, (monthly, often), strict=True):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "service", "import", *map(str, paths)),
        *("--site", str(site_file(tmp_path, most_kw=600.0))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "BOUCLE_DATABASE_URL": database_url},
    )
    said, told = await asyncio.wait_for(process.communicate(), timeout=100)
    assert process.returncode == 0, told.decode()
    lines = said.decode().splitlines()

    assert lines[0].startswith("monthly.csv: 60 of 60 readings are new")
    assert lines[1].startswith(
        "  intake.active_energy_kwh and 1 more: one reading a month: years ± "
    )
    assert "; no weeks, days, hours or 15 minutes; as a rule known within" in lines[1]
    assert lines[2].startswith("  heat.supply_temp_degc: one reading a month: mostly unknown")
    assert lines[3].startswith("often.csv: 288 of 288 readings are new")
    # Every five minutes: days and more exactly; of a quarter of an hour all edges are readings.
    assert lines[4:] == []
