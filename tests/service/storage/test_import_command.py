"""``boucle import``: what it says of the readings it took."""

import asyncio
import hashlib
import os
import re
import sys
from pathlib import Path

import pytest

from service.__main__ import main
from service.storage.connection import connected
from tests.service.storage.file_site import site_file

pytestmark = pytest.mark.asyncio

HEADER = "ts,intake.active_energy_kwh,it.active_energy_kwh"


async def boucle_import(url: str, folder: Path, *arguments: object) -> tuple[int, str, str]:
    """Run the command and give its exit code, its output and its errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "service", "import", *map(str, arguments)),
        *("--site", str(site_file(folder, most_kw=600.0))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "BOUCLE_DATABASE_URL": url},
    )
    said, told = await asyncio.wait_for(process.communicate(), timeout=100)
    assert process.returncode is not None
    return process.returncode, said.decode(), told.decode()


def days_file(path: Path, days: int, above: float = 0.0) -> Path:
    """Two registers read once a day."""
    lines = [
        f"2025-03-{day + 1:02}T09:00:00Z,{above + 100 * day},{above + 60 * day}"
        for day in range(days)
    ]
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


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

    code, said, told = await boucle_import(database_url, tmp_path, *paths)
    assert code == 0, told
    lines = said.splitlines()

    assert lines[0].startswith("monthly.csv: 60 of 60 readings are new")
    assert lines[1].startswith(
        "  intake.active_energy_kwh and 1 more: one reading a month: years ± "
    )
    assert "; no weeks, days, hours or 15 minutes; as a rule known within" in lines[1]
    assert lines[2].startswith("  heat.supply_temp_degc: one reading a month: mostly unknown")
    assert lines[3].startswith("often.csv: 288 of 288 readings are new")
    # Every five minutes: days and more exactly; of a quarter of an hour all edges are readings.
    assert lines[4:] == []


async def test_readings_that_are_stored_otherwise_are_said_last_and_by_the_exit_code(
    database_url: str, tmp_path: Path
) -> None:
    code, _, told = await boucle_import(database_url, tmp_path, days_file(tmp_path / "a.csv", 12))
    assert code == 0, told

    code, said, _ = await boucle_import(
        database_url, tmp_path, days_file(tmp_path / "b.csv", 13, above=0.5)
    )
    lines = said.splitlines()

    assert code == 1
    assert lines[0].startswith(
        "b.csv: 2 of 26 readings are new, 24 are stored otherwise, 2 points, 2025-03-01 09:00"
    )
    assert lines[1] == (
        "  stored otherwise: intake.active_energy_kwh at 2025-03-01T09:00:00+00:00: "
        "stored 0.0 kWh, good, imported; offered 0.5 kWh, good"
    )
    assert lines[21] == "  stored otherwise: 4 more"
    assert lines[-1] == (
        "24 reading(s) are stored with another value or quality: what is stored stays, "
        "what the files say of them was not taken"
    )


async def test_a_strict_import_of_several_files_is_all_or_nothing(
    database_url: str, tmp_path: Path
) -> None:
    sound = days_file(tmp_path / "sound.csv", 5)
    other = days_file(tmp_path / "other.csv", 6, above=0.5)

    code, said, told = await boucle_import(database_url, tmp_path, sound, other, "--strict")

    assert code == 2
    assert said == ""
    assert "boucle: other.csv: 10 reading(s) are stored with another value or quality:" in told
    assert told.splitlines()[-1].startswith("nothing was written; mend the file, or import")
    async with connected(database_url) as conn:
        assert await conn.fetchval("select count(*) from reading") == 0
        assert await conn.fetchval("select count(*) from import_log") == 0

    code, said, told = await boucle_import(database_url, tmp_path, sound, sound, "--strict")

    assert code == 0, told
    assert "sound.csv: 10 of 10 readings are new, 2 points" in said
    assert "sound.csv: 0 of 10 readings are new, 10 were already there, 2 points" in said


async def test_what_was_imported_is_listed(database_url: str, tmp_path: Path) -> None:
    assert await boucle_import(database_url, tmp_path, "--list") == (
        0,
        "nothing was imported for files\n",
        "",
    )
    days = days_file(tmp_path / "days.csv", 5)
    await boucle_import(database_url, tmp_path, days)

    code, said, told = await boucle_import(database_url, tmp_path, "--list")

    assert (code, told) == (0, "")
    sha256 = hashlib.sha256(days.read_bytes()).hexdigest()
    assert re.fullmatch(
        r" +1  \d{4}-\d\d-\d\d \d\d:\d\d UTC +10 readings  "
        rf"2025-03-01 09:00 to 2025-03-05 09:00 UTC  sha256 {sha256[:12]}  days.csv\n",
        said,
    )


async def test_a_database_without_tables_has_no_list(empty_url: str, tmp_path: Path) -> None:
    code, said, told = await boucle_import(empty_url, tmp_path, "--list")

    assert (code, said) == (2, "")
    assert told == "boucle: the database has no log of imports yet; run 'boucle migrate'\n"


@pytest.mark.parametrize("arguments", [[], ["a.csv", "--list"]])
async def test_files_or_the_list_are_asked_for(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code = main(["import", *arguments])

    assert code == 2
    assert capsys.readouterr().err == (
        "boucle: name the files to import, or --list to see what was imported\n"
    )
