"""Boucle's own PostgreSQL: started, watched and stopped by this process.

The server runs in the foreground as our child, listens on a private unix socket only, and
dies cleanly with us even when we are killed.
"""

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import asyncpg
import structlog

from service.storage.connection import CONNECT_FAILURES, close_connection
from service.storage.errors import PostgresStartError, VersionMismatchError
from service.storage.pg_account import Account
from service.storage.pg_binaries import PostgresBinaries, find_binaries, runnable_binaries
from service.storage.pg_folder import ClusterHome, FolderLock, clear_remains, prepare_home

_DATABASE = "boucle"
_SUPERUSER = "boucle"
_POLL_S = 0.05
_WATCH_S = 0.2
_CONNECT_TIMEOUT_S = 5.0
_INITDB_TIMEOUT_S = 300.0
_MAX_LOG_BYTES = 10 * 1024 * 1024
_LOG_TAIL_LINES = 8

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    # Fewer, larger checkpoints: an import of a year does not write every page many times.
    "max_wal_size": "2GB",
    # What we called committed survives a power cut.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}

_PR_SET_PDEATHSIG = 1

_log = structlog.get_logger(__name__)


class EmbeddedPostgres:
    """A PostgreSQL server that lives and dies with this process.

    ``bin_dir`` names the folder of its programs; None takes those of the installed wheel.
    Start it from the main thread: Linux ends the server with the thread that started it.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        bin_dir: Path | None = None,
        start_timeout_s: float = 120.0,
        stop_timeout_s: float = 30.0,
    ) -> None:
        self._data_dir = data_dir
        self._bin_dir = bin_dir
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._lock: FolderLock | None = None
        self._home: ClusterHome | None = None
        self._binaries: PostgresBinaries | None = None
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int | None:
        """Process number of the server; None when it does not run."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    @property
    def home(self) -> ClusterHome:
        """Where the cluster is; known after the first start."""
        if self._home is None:
            msg = "the server was not started yet"
            raise PostgresStartError(msg)
        return self._home

    @property
    def dsn(self) -> str:
        """Where to connect; known after the first start and the same after a restart."""
        return self._dsn_of(_DATABASE)

    async def start(self) -> str:
        """Start the server, making its cluster first if there is none; return the dsn.

        Call it again after the server died to have it back.

        Raises
        ------
        EmbeddedPostgresError
            With the reason and what to do.
        """
        if self.pid is not None:
            return self.dsn
        try:
            await asyncio.to_thread(self._prepare)
            self._process = self._spawn()
            await self._wait_until_ready()
        except BaseException:
            await self.stop()
            raise
        _log.info("postgres_started", pid=self.pid, home=str(self.home.path))
        return self.dsn

    async def wait_failed(self) -> int:
        """Wait until the server is gone and return its exit code (negative: the signal)."""
        while self._process is not None:
            code = self._process.poll()
            if code is not None:
                return code
            await asyncio.sleep(_WATCH_S)
        return 0

    async def stop(self) -> None:
        """Stop the server: politely, then firmly, then by force. Safe to call twice."""
        process, self._process = self._process, None
        try:
            if process is not None:
                await self._end(process)
        finally:
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def _prepare(self) -> None:
        """Everything before the server itself: programs, folder, lock, cluster."""
        if self._lock is None:
            found = find_binaries(self._bin_dir)
            self._home = prepare_home(self._data_dir)
            self._lock = FolderLock(self._home)
            self._binaries = runnable_binaries(found, self._home.account, self._home.path)
        clear_remains(self.home)
        self._check_version()
        if not self.home.cluster.exists():
            self._initdb()

    def _check_version(self) -> None:
        binaries = self._required_binaries()
        try:
            made_by = (self.home.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return
        if made_by != str(binaries.major):
            msg = (
                f"{self.home.cluster} was made by PostgreSQL {made_by}, the programs here are "
                f"version {binaries.major}; use programs of version {made_by}, "
                "or choose another folder with BOUCLE_DATA_DIR"
            )
            raise VersionMismatchError(msg)

    def _required_binaries(self) -> PostgresBinaries:
        if self._binaries is None:
            msg = "the server was not prepared yet"
            raise PostgresStartError(msg)
        return self._binaries

    def _initdb(self) -> None:
        """Make the cluster beside its place and move it there: it is whole or absent."""
        home = self.home
        fresh = home.path / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        command = [
            str(self._required_binaries().program("initdb")),
            f"--pgdata={fresh}",
            f"--username={_SUPERUSER}",
            "--encoding=UTF8",
            "--locale=C",
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                timeout=_INITDB_TIMEOUT_S,
                cwd=home.path,
                env=_environment(home.account),
                preexec_fn=_die_with(os.getpid()),  # one system call, see there
                **home.account.popen_options(),
            )
        except (OSError, subprocess.SubprocessError) as exc:
            msg = f"initdb could not run: {exc}"
            raise PostgresStartError(msg) from exc
        if done.returncode != 0:
            msg = f"initdb failed: {_last_lines(done.stderr)}"
            raise PostgresStartError(msg)
        fresh.rename(home.cluster)

    def _spawn(self) -> subprocess.Popen[bytes]:
        home = self.home
        command = [str(self._required_binaries().program("postgres")), "-D", str(home.cluster)]
        settings = {**_SETTINGS, "unix_socket_directories": str(home.socket_folder)}
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log_fd = _open_log(home)
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log_fd,
                stderr=log_fd,
                cwd=home.path,
                env=_environment(home.account),
                # Ctrl-C reaches every process of the terminal; the server must stop last.
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509  # one system call
                **home.account.popen_options(),
            )
        except (OSError, subprocess.SubprocessError) as exc:
            msg = f"postgres could not run: {exc}"
            raise PostgresStartError(msg) from exc
        finally:
            os.close(log_fd)

    async def _wait_until_ready(self) -> None:
        try:
            async with asyncio.timeout(self._start_timeout_s):
                while not await self._is_ready():  # noqa: ASYNC110  # nobody tells us
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as exc:
            msg = f"postgres is not ready after {self._start_timeout_s:g} s: {self._log_tail()}"
            raise PostgresStartError(msg) from exc

    async def _is_ready(self) -> bool:
        if self.pid is None:
            msg = f"postgres did not start: {self._log_tail()}"
            raise PostgresStartError(msg)
        try:
            conn = await asyncpg.connect(self._dsn_of("postgres"), timeout=_CONNECT_TIMEOUT_S)
        except CONNECT_FAILURES:
            return False
        try:
            known = await conn.fetchval(
                "select exists (select from pg_database where datname = $1)", _DATABASE
            )
            if not known:
                await conn.execute(f'create database "{_DATABASE}"')
        finally:
            await close_connection(conn)
        return True

    def _dsn_of(self, database: str) -> str:
        folder = quote(str(self.home.socket_folder), safe="")
        return f"postgresql://{_SUPERUSER}@/{database}?host={folder}&port=5432"

    def _log_tail(self) -> str:
        try:
            text = self.home.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "it left no log"
        return f"{_last_lines(text)} (whole log: {self.home.log})"

    async def _end(self, process: subprocess.Popen[bytes]) -> None:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if process.poll() is not None:
                return
            process.send_signal(number)
            try:
                async with asyncio.timeout(self._stop_timeout_s):
                    while process.poll() is None:  # noqa: ASYNC110  # nobody tells us
                        await asyncio.sleep(_POLL_S)
            except TimeoutError:
                _log.warning("postgres_slow_to_stop", pid=process.pid, signal=number.name)


def _environment(account: Account) -> dict[str, str]:
    """A clean one: a PGDATA or PGPORT of the user must not steer our server."""
    path = os.environ.get("PATH", "/usr/bin:/bin")
    return {"PATH": path, "LC_ALL": "C", "TZ": "UTC", "USER": account.name}


def _die_with(parent_pid: int) -> Callable[[], None]:
    """What the child does before it becomes PostgreSQL: ask for SIGINT when the parent ends.

    SIGINT is PostgreSQL's fast shutdown: a clean end, checkpoint included. The library is
    loaded here, before the fork, because the child must not take locks.
    """
    prctl: Any = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)

    def ask() -> None:
        if prctl is None:
            return
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent_pid:
            os._exit(1)

    return ask


def _open_log(home: ClusterHome) -> int:
    try:
        if home.log.exists() and home.log.stat().st_size > _MAX_LOG_BYTES:
            home.log.replace(home.log.with_suffix(".log.1"))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        log_fd = os.open(home.log, flags, 0o600)
        home.account.own(home.log)
    except OSError as exc:
        msg = f"{home.log} cannot be written: {exc.strerror}; check the disk and the folder"
        raise PostgresStartError(msg) from exc
    return log_fd


def _last_lines(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-_LOG_TAIL_LINES:])
