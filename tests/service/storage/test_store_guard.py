"""A spool drains into its store, wherever that moved, and never by itself into a copy of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from models.site.site import Site
from service.__main__ import main
from service.collection import collect, register
from service.commands.loading import load_the_site
from service.commands.spool import adopt_store
from service.errors import UserError
from service.reloading import SiteReload
from service.settings import Settings
from service.storage import store_guard
from service.storage.connection import Connection, connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.errors import PointConflictError, StoreReplacedError
from service.storage.migrate import migrate
from service.storage.points import fetch_points, fetch_store_id
from service.storage.settings import SpoolSettings
from service.storage.spooled_writer import open_spooled_writer, spool_folder
from service.storage.store_guard import StoreGuard, StoreIdentity, StoreMemory, difference
from tests.service.storage.batches import ticks
from tests.service.storage.conftest import drop_database

QUICK = SpoolSettings(linger_s=0.01, max_backoff_s=0.2, closing_s=2.0)
BACKUP_AGE = "interval '1 hour'"


@pytest_asyncio.fixture
async def store_url(empty_url: str) -> str:
    """A migrated database of its own, which a test may copy."""
    async with connected(empty_url) as conn:
        await migrate(conn)
    return empty_url


async def drain_some(url: str, folder: Path, first: int = 0) -> UUID:
    """Let a collector's spool reach the store, which it remembers from then on."""
    async with connected(url) as conn:
        store_id = await fetch_store_id(conn)
    async with open_spooled_writer(url, folder, store_id=store_id, settings=QUICK) as writer:
        await writer.accept(ticks([1], first, 5))
        async with asyncio.timeout(10):
            while writer.stats().spooled_rows:
                await asyncio.sleep(0.01)
    return store_id


async def count(url: str) -> int:
    async with connected(url) as conn:
        rows: int = await conn.fetchval("select count(*) from reading")
        return rows


@pytest_asyncio.fixture
async def copy_url(store_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """A copy of the store in the same cluster, as a dump restored beside it would be."""
    await drain_some(store_url, tmp_path)
    parts = urlsplit(store_url)
    name = parts.path.removeprefix("/")
    server = urlunsplit(parts._replace(path="/postgres"))
    async with connected(server) as conn:
        await conn.execute(f'create database "{name}_copy" template "{name}"')
    url = urlunsplit(parts._replace(path=f"{parts.path}_copy"))
    yield url
    await drop_database(server, url)


@pytest.mark.asyncio
async def test_nothing_drains_into_a_copy_until_it_is_adopted(
    copy_url: str, tmp_path: Path, site: Site
) -> None:
    before = await count(copy_url)
    settings = Settings(data_dir=tmp_path)
    async with connected(copy_url) as conn:
        store_id = await fetch_store_id(conn)
    with capture_logs() as logs:
        async with open_spooled_writer(
            copy_url, tmp_path, store_id=store_id, settings=QUICK
        ) as writer:
            await writer.accept(ticks([1], 100, 7))
            await asyncio.sleep(0.7)
            stats = writer.stats()
            assert (stats.spooled_rows, stats.database_up) == (7, False)
            assert stats.store_replaced is not None
            assert await count(copy_url) == before
            # The collector goes on running.
            assert "adopted" in await adopt_store(site, copy_url, settings)
            async with asyncio.timeout(10):
                while writer.stats().spooled_rows:
                    await asyncio.sleep(0.01)
            assert writer.stats().store_replaced is None
    assert await count(copy_url) == before + 7
    [line] = [one for one in logs if one["log_level"] in {"error", "warning"}]
    assert line["event"] == "store_replaced"
    assert "boucle spool adopt" in line["reason"]
    assert "nothing to adopt" in await adopt_store(site, copy_url, settings)


@pytest.mark.asyncio
async def test_a_copy_of_a_clusters_files_shows_by_its_mark(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the identifiers of the original. Five minutes are made none, to take none."""
    monkeypatch.setattr(store_guard, "STANDBY_LAG", timedelta(0))
    original, copy, spool = open_folder / "original", open_folder / "copy", open_folder / "spool"
    async with EmbeddedPostgres(original) as server:
        async with connected(server.dsn) as conn:
            await migrate(conn)
        await drain_some(server.dsn, spool)
    # With its owner, which is another user where tests run as root.
    copying = await asyncio.create_subprocess_exec("cp", "-a", original, copy)
    assert await copying.wait() == 0
    async with EmbeddedPostgres(original) as server:
        store_id = await drain_some(server.dsn, spool, first=100)
    guard = StoreGuard(spool_folder(spool, store_id), store_id)
    async with EmbeddedPostgres(copy) as server, connected(server.dsn) as conn:
        found, known = await store_guard.fetch_identity(conn), guard.memory()
        assert known is not None
        assert found.system_identifier == known.system_identifier
        assert found.database_oid == known.database_oid
        with pytest.raises(StoreReplacedError, match="lacks what came from"):
            await guard.check(conn)


@pytest.mark.asyncio
async def test_another_cluster_is_told_by_its_identifier(
    store_url: str, tmp_path: Path, open_folder: Path
) -> None:
    store_id = await drain_some(store_url, tmp_path)
    guard = StoreGuard(spool_folder(tmp_path, store_id), store_id)
    async with EmbeddedPostgres(open_folder / "other") as server, connected(server.dsn) as conn:
        await migrate(conn)
        await conn.execute("update store set store_id = $1", store_id)
        with pytest.raises(StoreReplacedError, match="another database cluster"):
            await guard.check(conn)


@pytest.mark.asyncio
async def test_a_backup_restored_in_place_is_noticed(store_url: str, tmp_path: Path) -> None:
    store_id = await drain_some(store_url, tmp_path)
    guard = StoreGuard(spool_folder(tmp_path, store_id), store_id)
    async with connected(store_url) as conn:
        await conn.execute(f"update spool_mark set marked_at = marked_at - {BACKUP_AGE}")
        with pytest.raises(StoreReplacedError, match="lacks what came from"):
            await guard.check(conn)
        await conn.execute("delete from spool_mark")
        with pytest.raises(StoreReplacedError, match="never heard of this spool"):
            await guard.check(conn)
        await guard.adopt(conn)
        await guard.check(conn)


@pytest.mark.asyncio
async def test_a_standby_that_lagged_takes_over_and_says_what_it_lacks(
    store_url: str, tmp_path: Path
) -> None:
    store_id = await drain_some(store_url, tmp_path)
    guard = StoreGuard(spool_folder(tmp_path, store_id), store_id)
    async with connected(store_url) as conn:
        await conn.execute("update spool_mark set marked_at = marked_at - interval '20 s'")
        with capture_logs() as logs:
            await guard.check(conn)
    assert [(one["event"], one["lag_s"]) for one in logs] == [("store_lags", 20.0)]


@pytest.mark.asyncio
async def test_a_restart_another_address_and_a_migration_change_nothing(
    store_url: str, tmp_path: Path
) -> None:
    await drain_some(store_url, tmp_path)
    before = await count(store_url)
    async with connected(store_url) as conn:
        await conn.execute("create table later_migration (column_of_it integer)")
        await migrate(conn)
    separator = "&" if urlsplit(store_url).query else "?"
    other = f"{store_url}{separator}application_name=elsewhere"
    with capture_logs() as logs:
        await drain_some(store_url, tmp_path, first=100)
        await drain_some(other, tmp_path, first=200)
    assert await count(store_url) == before + 10
    assert [one for one in logs if one["log_level"] != "info"] == []


@pytest.mark.asyncio
async def test_a_role_that_may_not_see_the_cluster_still_has_the_mark(
    store_url: str, tmp_path: Path
) -> None:
    """As on managed servers: the function is there and not for us, or not there at all."""
    store_id = await drain_some(store_url, tmp_path)
    guard = StoreGuard(spool_folder(tmp_path, store_id), store_id)
    known = guard.memory()
    async with connected(store_url) as conn:
        await conn.execute("create role boucle_test_plain")
        try:
            await conn.execute(
                "revoke execute on function pg_catalog.pg_control_system() from public"
            )
            await conn.execute(
                "grant select, insert, update on all tables in schema public to boucle_test_plain"
            )
            await conn.execute("set role boucle_test_plain")
            assert (await store_guard.fetch_identity(conn)).system_identifier is None
            await guard.check(conn)
            await guard.mark(conn)
            await conn.execute(f"update spool_mark set marked_at = marked_at - {BACKUP_AGE}")
            with pytest.raises(StoreReplacedError, match="lacks what came from"):
                await guard.check(conn)
        finally:
            await conn.execute("reset role")
            await conn.execute("drop owned by boucle_test_plain")
            await conn.execute("drop role boucle_test_plain")
    # The identifier that was known before is not forgotten.
    assert known is not None
    assert known.system_identifier is not None
    remembered = guard.memory()
    assert remembered is not None
    assert remembered.system_identifier == known.system_identifier


def test_each_sign_of_a_copy_is_enough(tmp_path: Path) -> None:
    memory = StoreMemory.from_json(
        '{"spool_id": "00000000-0000-0000-0000-000000000001", "system_identifier": 7, '
        '"database_oid": 5, "marked_at": "2026-11-20T00:00:00+00:00"}'
    )
    same = StoreIdentity(store_id=UUID(int=2), system_identifier=7, database_oid=5)
    at = memory.marked_at
    assert difference(memory, same, at) is None
    assert difference(memory, replace(same, system_identifier=None), at) is None
    assert difference(replace(memory, system_identifier=None), same, at) is None
    assert difference(memory, same, at - timedelta(minutes=5)) is None
    assert difference(memory, replace(same, system_identifier=8), at) is not None
    assert difference(memory, replace(same, database_oid=6), at) is not None
    assert difference(memory, same, at - timedelta(minutes=6)) is not None
    assert difference(memory, same, None) is not None


@pytest.fixture(scope="module")
def site() -> Site:
    return load_the_site(None, Settings()).site


async def collected_once(url: str, site: Site, folder: Path) -> dict[str, int]:
    """What a collector leaves that was started once: registered points, and the store known."""
    stop = asyncio.Event()
    installed = load_the_site(None, Settings())
    settings = Settings.model_validate({"database_url": url, "data_dir": folder})
    async with asyncio.TaskGroup() as tasks:
        reload = SiteReload(installed, lambda: installed)
        tasks.create_task(collect(reload, settings, stop))
        async with connected(url) as conn:
            store_id = await fetch_store_id(conn)
            guard = StoreGuard(spool_folder(folder, store_id), store_id)
            async with asyncio.timeout(20):
                while guard.memory() is None:
                    await asyncio.sleep(0.05)
            stop.set()
            return {row.key: row.point_id for row in await fetch_points(conn, site.identity.id)}


async def make_older(conn: Connection, lacking: list[str]) -> None:
    """The store as a backup an hour old has it: without the points that came later."""
    await conn.execute(f"update spool_mark set marked_at = marked_at - {BACKUP_AGE}")
    await conn.execute("delete from point where key = any($1::text[])", lacking)


@pytest.mark.asyncio
async def test_an_adopted_store_gets_the_points_it_lacks_under_their_numbers(
    store_url: str, tmp_path: Path, site: Site
) -> None:
    numbers = await collected_once(store_url, site, tmp_path)
    lacking = sorted(numbers)[:3]
    async with connected(store_url) as conn:
        await make_older(conn, lacking)
        # Until then nothing gives them other numbers.
        with pytest.raises(StoreReplacedError):
            await register(site, store_url, data_dir=tmp_path)
        assert "lacked 3" in await adopt_store(site, store_url, Settings(data_dir=tmp_path))
        again = {row.key: row.point_id for row in await fetch_points(conn, site.identity.id)}
    assert again == numbers
    registration = await register(site, store_url, data_dir=tmp_path)
    assert dict(registration.point_ids) == numbers


@pytest.mark.asyncio
async def test_a_copy_that_gave_a_number_to_another_point_is_not_adopted(
    store_url: str, tmp_path: Path, site: Site
) -> None:
    numbers = await collected_once(store_url, site, tmp_path)
    key = min(numbers)
    async with connected(store_url) as conn:
        await make_older(conn, [key])
        await conn.execute(
            "insert into point (point_id, site, key, device, name, quantity, unit, kind) "
            "overriding system value values ($1, 'other', 'a.b', 'a', 'b', 'volume', 'm3', "
            "'counter')",
            numbers[key],
        )
        with pytest.raises(PointConflictError, match="misread"):
            await adopt_store(site, store_url, Settings(data_dir=tmp_path))
        store_id = await fetch_store_id(conn)
        with pytest.raises(StoreReplacedError):
            await StoreGuard(spool_folder(tmp_path, store_id), store_id).check(conn)


@pytest.mark.asyncio
async def test_without_a_spool_there_is_nothing_to_adopt_for(
    store_url: str, tmp_path: Path, site: Site
) -> None:
    with pytest.raises(UserError, match="BOUCLE_DATA_DIR"):
        await adopt_store(site, store_url, Settings(data_dir=tmp_path))


def test_the_command_says_what_it_needs(
    shared_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BOUCLE_DATABASE_URL", shared_url)
    monkeypatch.setenv("BOUCLE_DATA_DIR", str(tmp_path))
    assert main(["spool", "adopt"]) == 2
    assert "set BOUCLE_DATA_DIR to the collector's" in capsys.readouterr().err
