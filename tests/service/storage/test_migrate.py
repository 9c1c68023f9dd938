"""Migrations on real servers, with and without TimescaleDB."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from service.storage.connection import Connection, connected
from service.storage.errors import (
    MigrationBusyError,
    MigrationChangedError,
    MigrationFailedError,
    NotMigratedError,
    SchemaTooNewError,
)
from service.storage.migrate import (
    Migration,
    SchemaAtStart,
    load_migrations,
    migrate,
    require_schema,
)
from service.storage.pieces import Store, kind_of_store
from service.storage.writer import write_batch
from tests.acceptance.running import ROOT, free_port
from tests.service.storage.batches import ticks

OURS = (
    "schema_migration",
    "store",
    "point",
    "reading",
    "device_state",
    "point_raw",
    "import_log",
    "collector_state",
    "breach",
    "breach_event",
    "evidence_chain",
    "rollup_state",
    "rollup_queue",
    "rollup_change",
    "rollup_wanted",
    "rollup_range",
    "reading_hour",
    "reading_hour_range",
    "reading_day",
    "reading_month",
    "kpi_result",
    "kpi_progress",
    "spool_mark",
    "lease",
    "snapshot_head",
    "snapshot_part",
    "upkeep_state",
    "raw_seal",
    "reading_set_aside",
    "raw_hold",
    "reading_newest",
    "site_identity",
    "site_disclosure",
    "account",
    "account_grant",
    "account_session",
    "api_token",
    "sign_in_throttle",
    "audit_log",
    "demo_handover",
    "oidc_used",
    "taken_in_charge",
    "journal",
)
ALL = tuple(migration.version for migration in load_migrations())
# The first of the migrations that make the partitions.
PARTITIONS = 12
PLAIN = tuple(m.version for m in load_migrations() if m.extension is None)


async def has_timescaledb(conn: Connection) -> bool:
    return bool(
        await conn.fetchval(
            "select exists (select from pg_settings where name = 'timescaledb.disable_load')"
        )
    )


@pytest.mark.asyncio
async def test_applies_once_and_then_has_nothing_to_do(empty_url: str) -> None:
    async with connected(empty_url) as conn:
        first = await migrate(conn)
        assert first == (ALL if await has_timescaledb(conn) else PLAIN)
        assert await migrate(conn) == ()


@pytest.mark.asyncio
async def test_two_runners_at_once_apply_each_file_once(empty_url: str) -> None:
    async def run() -> tuple[int, ...]:
        async with connected(empty_url) as conn:
            return await migrate(conn)

    results = await asyncio.gather(run(), run(), run())
    assert sorted(version for result in results for version in result) in (
        list(PLAIN),
        list(ALL),
    )


@pytest.mark.asyncio
async def test_readings_are_a_hypertable_where_the_extension_is(conn: Connection) -> None:
    if not await has_timescaledb(conn):
        assert await conn.fetchval("select relkind from pg_class where relname = 'reading'") == b"p"
        return
    row = await conn.fetchrow(
        "select column_name, time_interval from timescaledb_information.dimensions "
        "where hypertable_name = 'reading'"
    )
    assert row is not None
    assert (row["column_name"], row["time_interval"].days) == ("ts", 7)


async def migrate_only(
    conn: Connection, migrations: Iterable[Migration], folder: Path
) -> tuple[int, ...]:
    """What a server without the extension would have applied."""
    for migration in migrations:
        (folder / migration.name).write_text(migration.sql, encoding="utf-8")
    return await migrate(conn, folder=folder)


@pytest.mark.asyncio
async def test_an_extension_that_came_before_the_partitions_takes_the_readings_along(
    empty_url: str, tmp_path: Path
) -> None:
    async with connected(empty_url) as conn:
        early = [m for m in load_migrations() if m.extension is None and m.version < PARTITIONS]
        await migrate_only(conn, early, tmp_path)
        await conn.execute(
            "insert into reading (point_id, ts, value, quality, origin) "
            "select 1, '2026-11-20Z'::timestamptz + n * interval '1 s', n, 0, 0 "
            "from generate_series(0, 99) as n"
        )
        assert (2 in await migrate(conn)) == await has_timescaledb(conn)
        assert await conn.fetchval("select count(*) from reading") == 100
        assert await write_batch(conn, ticks([1], 50, 100)) == 50


@pytest.mark.asyncio
async def test_an_extension_that_comes_after_the_partitions_waits_to_be_asked(
    empty_url: str, tmp_path: Path
) -> None:
    async with connected(empty_url) as conn:
        plain = [m for m in load_migrations() if m.extension is None]
        assert await migrate_only(conn, plain, tmp_path) == PLAIN
        await write_batch(conn, ticks([1, 2], 0, 100))
        assert await migrate(conn) == ()
        assert await kind_of_store(conn) is Store.PARTITIONED


@pytest.mark.asyncio
async def test_every_table_and_column_is_explained(conn: Connection) -> None:
    rows = await conn.fetch(
        """
        select c.relname, a.attname, obj_description(c.oid) as about_table,
            col_description(c.oid, a.attnum) as about_column
        from pg_class as c join pg_attribute as a on a.attrelid = c.oid
        where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
            and c.relnamespace = 'public'::regnamespace and not c.relispartition
        """
    )
    assert {row["relname"] for row in rows} == set(OURS)
    silent = [
        f"{r['relname']}.{r['attname']}"
        for r in rows
        if not r["about_table"] or not r["about_column"]
    ]
    assert silent == []


def write_files(folder: Path, **files: str) -> None:
    for name, sql in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(sql, encoding="utf-8")


@pytest.mark.asyncio
async def test_a_file_that_fails_leaves_nothing(empty_url: str, tmp_path: Path) -> None:
    write_files(
        tmp_path,
        m0001_good="create table good (a int);",
        m0002_bad="create table half (a int); select 1 / 0;",
    )
    async with connected(empty_url) as conn:
        with pytest.raises(MigrationFailedError, match=r"0002_bad\.sql.*division by zero"):
            await migrate(conn, folder=tmp_path)
        assert await conn.fetchval("select to_regclass('half')") is None
        assert await conn.fetchval("select max(version) from schema_migration") == 1


@pytest.mark.asyncio
async def test_an_edited_file_and_a_newer_schema_are_refused(
    empty_url: str, tmp_path: Path
) -> None:
    write_files(tmp_path, m0001_one="create table one (a int);", m0002_two="select 1;")
    async with connected(empty_url) as conn:
        await migrate(conn, folder=tmp_path)
        write_files(tmp_path, m0002_two="select 2;")
        with pytest.raises(MigrationChangedError, match="0002_two"):
            await migrate(conn, folder=tmp_path)
        (tmp_path / "0002_two.sql").unlink()
        with pytest.raises(SchemaTooNewError, match="0002"):
            await migrate(conn, folder=tmp_path)


@pytest.mark.asyncio
async def test_a_process_refuses_tables_that_are_not_its_own(
    empty_url: str, tmp_path: Path
) -> None:
    write_files(
        tmp_path,
        m0001_one="create table one (a int);",
        m0002_two="select 1;",
        m0003_later="-- requires-extension: no_such_extension\nselect 1 / 0;",
    )
    async with connected(empty_url) as conn:
        with pytest.raises(NotMigratedError, match=r"lacks 0001_one\.sql and 1 more; run: boucle"):
            await require_schema(conn, folder=tmp_path)
        assert await conn.fetchval("select to_regclass('schema_migration')") is None
        await migrate(conn, folder=tmp_path)
        await require_schema(conn, folder=tmp_path)
        write_files(tmp_path, m0004_four="select 4;")
        with pytest.raises(NotMigratedError, match=r"lacks 0004_four\.sql; run: boucle migrate"):
            await require_schema(conn, folder=tmp_path)
        (tmp_path / "0004_four.sql").unlink()
        write_files(tmp_path, m0002_two="select 2;")
        with pytest.raises(MigrationChangedError, match=r"0002_two.*run: boucle migrate"):
            await require_schema(conn, folder=tmp_path)
        (tmp_path / "0002_two.sql").unlink()
        with pytest.raises(SchemaTooNewError, match=r"0002.*run: boucle migrate"):
            await require_schema(conn, folder=tmp_path)


@pytest.mark.asyncio
async def test_what_runs_goes_on_when_a_newer_version_migrates(empty_url: str) -> None:
    async with connected(empty_url) as conn:
        await migrate(conn)
        check = SchemaAtStart()
        await check(conn)
        await conn.execute(
            "insert into schema_migration (version, name, sha256) values (9999, 'new.sql', '')"
        )
        await check(conn)
        with pytest.raises(SchemaTooNewError, match="9999"):
            await SchemaAtStart()(conn)


@pytest.mark.parametrize("command", ["collect", "evaluate", "serve", "import"])
def test_commands_refuse_a_database_that_is_not_migrated(
    command: str, empty_url: str, tmp_path: Path
) -> None:
    site = str(ROOT / "deploy/sites/chapelle-international.yaml")
    words = [str(tmp_path / "none.csv"), "--site", site] if command == "import" else [site]
    done = subprocess.run(
        [sys.executable, "-m", "service", command, *words],
        cwd=ROOT,
        env={
            **os.environ,
            "BOUCLE_DATABASE_URL": empty_url,
            "BOUCLE_DATA_DIR": str(tmp_path),
            "BOUCLE_HTTP_PORT": str(free_port()),
        },
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("boucle: ")]
    assert len(lines) == 1
    assert "is not migrated: it lacks 0001_readings.sql" in lines[0]
    assert lines[0].endswith("run: boucle migrate")


@pytest.mark.asyncio
async def test_a_file_outside_transactions_and_one_whose_extension_is_missing(
    empty_url: str, tmp_path: Path
) -> None:
    write_files(
        tmp_path,
        m0001_table="create table one (a int);",
        m0002_index="-- no-transaction\ncreate index concurrently one_a on one (a);",
        m0003_later="-- requires-extension: no_such_extension\nselect 1 / 0;",
        m0004_last="select 1;",
    )
    async with connected(empty_url) as first, connected(empty_url) as second:
        # A blocking lock would deadlock here: the index waits for every snapshot.
        done = await asyncio.gather(
            migrate(first, folder=tmp_path), migrate(second, folder=tmp_path)
        )
        assert sorted(v for result in done for v in result) == [1, 2, 4]


@pytest.mark.asyncio
async def test_waiting_for_another_runner_ends(empty_url: str) -> None:
    async with connected(empty_url) as holder, connected(empty_url) as late:
        await holder.execute("select pg_advisory_lock($1)", 0x626F75636C65)
        with pytest.raises(MigrationBusyError, match="another process"):
            await migrate(late, lock_wait_s=0.3)


@pytest.mark.asyncio
async def test_the_server_of_the_environment_was_part_of_this_run() -> None:
    url = os.environ.get("BOUCLE_DATABASE_URL")
    if not url:
        pytest.skip("BOUCLE_DATABASE_URL is not set: the store was tested on the embedded server")
    async with connected(url) as conn:
        assert await conn.fetchval("select true")


def test_names_of_files_are_checked(tmp_path: Path) -> None:
    write_files(tmp_path, first="select 1;")
    with pytest.raises(ValueError, match="NNNN_what"):
        load_migrations(tmp_path)
