"""The demo's past: made by the plant, brought in by the public import path."""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from models.kpi.registry import KPIS
from models.kpi.wanted import wanted_points
from models.site.site import Site, site_sums
from service.collection import register
from service.commands.loading import load_the_site
from service.demo.plant_choice import PlantChoice
from service.errors import UserError
from service.settings import Settings
from service.storage.connection import connected
from service.storage.errors import ImportRefusedError, SchemaError, StoreUnreachableError
from service.storage.importer import fetch_imports, import_file
from service.storage.migrate import migrate_database
from service.storage.points import fetch_points
from service.storage.rolled import fetch_state
from service.storage.rollups import roll_up, want

_HISTORY_TIMEOUT_S = 120.0
_ROLL_UP_TIMEOUT_S = 120.0

Say = Callable[[str], None]


async def import_the_past(
    dsn: str, site_path: Path, folder: Path, plant: PlantChoice, say: Say, settings: Settings
) -> None:
    """Thirteen months of hourly indexes and 35 days of everything, up to now.

    A second demo on the same store imports again up to its own start: what is already there
    stays as it is, and only the pause between the two is new.
    """
    site = load_the_site(site_path, settings).site
    started = time.monotonic()
    try:
        await migrate_database(dsn)
        await register(site, dsn)
        await _refuse_other_plant(dsn, site.identity.id, folder, plant)
        files = await _make_history(site_path, folder, plant, say)
        for path in files:
            await _import(dsn, site.identity.id, path, say)
        await _roll_up_what_is_shown(dsn, site)
    except (StoreUnreachableError, SchemaError, ImportRefusedError) as error:
        raise UserError(str(error)) from error
    say(f"The past is in: {time.monotonic() - started:.0f} s")


async def _roll_up_what_is_shown(dsn: str, site: Site) -> None:
    """So that the page has its long windows when it opens; the rest is rolled up behind it."""
    wanted = wanted_points(KPIS.values(), site, site_sums(site))
    async with connected(dsn, command_timeout_s=_ROLL_UP_TIMEOUT_S) as conn:
        points = await fetch_points(conn, site.identity.id)
        shown = {*wanted.registers, *wanted.gauges}
        ids = [one.point_id for one in points if one.key in shown]
        await want(conn, ids)
        while (await fetch_state(conn, ids)).is_behind:
            await roll_up(conn)


async def _refuse_other_plant(dsn: str, site_id: str, folder: Path, plant: PlantChoice) -> None:
    """Another plant's registers would not continue those in the store."""
    marker = folder / "seed"
    stored = marker.read_text(encoding="utf-8").strip() if marker.exists() else None
    async with connected(dsn) as conn:
        imported = await fetch_imports(conn, site_id)
    if imported and stored not in {None, plant.mark}:
        msg = (
            f"this store holds the past of plant {stored}; run that one again, or with --fresh to "
            "forget it"
        )
        raise UserError(msg)
    marker.write_text(f"{plant.mark}\n", encoding="utf-8")


async def _make_history(site_path: Path, folder: Path, plant: PlantChoice, say: Say) -> list[Path]:
    out = folder / "history"
    out.mkdir(exist_ok=True)
    say("The past: thirteen months of hourly indexes, 35 days of everything every 5 minutes")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators", "history", str(site_path), *plant.arguments),
        *("--end", datetime.now(UTC).isoformat(), "--out", str(out)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_HISTORY_TIMEOUT_S):
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        msg = "the simulated past could not be made; see the lines above"
        raise UserError(msg)
    return [out / "meters-hourly.npz", out / "all-5min.npz"]


async def _import(dsn: str, site_id: str, path: Path, say: Say) -> None:
    shown = -1

    def progress(done: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * done // max(total, 1)
        if tenth != shown:
            shown = tenth
            say(f"  {path.name}: {done / 1e6:.1f} of {total / 1e6:.1f} million readings")

    async with connected(dsn, command_timeout_s=300.0) as conn:
        await import_file(conn, site_id, path, progress)
