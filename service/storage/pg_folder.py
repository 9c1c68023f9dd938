"""Where the cluster of the embedded server lives, and that only one server uses it.

The home of a cluster holds ``cluster`` (PostgreSQL's data), ``socket``, ``postgres.log`` and
``lock``. It is ``<data folder>/postgres``; when root lends another account that cannot reach
the data folder, it is a private folder elsewhere, because opening other people's folders is
not ours to do.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from service.storage.errors import DataFolderError, DataFolderInUseError
from service.storage.pg_account import Account, choose_account

_SYSTEM_HOME = Path("/var/lib/boucle")
_SOCKET_NAME = ".s.PGSQL.5432"
# sun_path of Linux holds 108 bytes with the final zero, of other systems 104.
# A folder in it is checked to be ours.
_SHORT = Path("/tmp")  # nosec B108
_MAX_SOCKET_BYTES = 103
_PRIVATE = 0o700
_ORPHAN_WAIT_S = 10.0
_ORPHAN_POLL_S = 0.1

_LIST_PROCESSES = (
    'for p in /proc/[0-9]*; do [ "$p/cwd" -ef "$1" ] && echo "${p#/proc/}"; done; true'
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterHome:
    """The folders of one cluster and the account that owns them."""

    path: Path
    account: Account

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.path / "cluster"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.path / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """Where the server listens: in the home, unless its path is too long for a socket."""
        inside = self.path / "socket"
        if len(os.fsencode(inside / _SOCKET_NAME)) <= _MAX_SOCKET_BYTES:
            return inside
        return _SHORT / f"boucle-{_short_hash(self.path)}"


def prepare_home(data_dir: Path) -> ClusterHome:
    """Make or find the home of the cluster that belongs to a data folder.

    Raises
    ------
    DataFolderError
        If it cannot be made or belongs to somebody else.
    """
    data_dir = data_dir.absolute()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        path = data_dir / "postgres"
        account = choose_account(path)
        reachable = not account.switch or account.can("test", "-x", data_dir)
        if not reachable:
            path, account = _private_home(data_dir, account)
            _log.warning(
                "database_elsewhere", user=account.name, unreachable=str(data_dir), used=str(path)
            )
        _make_private(path, account)
        home = ClusterHome(path=path, account=account)
        _make_private(home.socket_folder, account)
    except OSError as exc:
        msg = (
            f"the data folder {data_dir} cannot be used: {exc.strerror} ({exc.filename}); "
            "choose a writable one with BOUCLE_DATA_DIR"
        )
        raise DataFolderError(msg) from exc
    return home


def _private_home(data_dir: Path, account: Account) -> tuple[Path, Account]:
    name = _short_hash(data_dir)
    try:
        _SYSTEM_HOME.mkdir(mode=0o755, exist_ok=True)
    except OSError:
        # Anybody may write here: only a folder of the account itself is trusted.
        return Path(tempfile.gettempdir()) / f"boucle-{name}", account
    path = _SYSTEM_HOME / name
    return path, choose_account(path)


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _make_private(path: Path, account: Account) -> None:
    """Make a folder that only the account can enter; refuse one that somebody else put there."""
    try:
        path.mkdir(mode=_PRIVATE)
        account.own(path)
    except FileExistsError:
        pass
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        msg = f"{path} is not a folder of user {account.name}; remove it or choose another folder"
        raise DataFolderError(msg)
    path.chmod(_PRIVATE)


class FolderLock:
    """An advisory lock on the home, held as long as this process lives."""

    def __init__(self, home: ClusterHome) -> None:
        self._path = home.path / "lock"
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._fd = os.open(self._path, flags, 0o600)
        except OSError as exc:
            msg = f"{self._path} cannot be written: {exc.strerror}; choose another data folder"
            raise DataFolderError(msg) from exc
        home.account.own(self._path)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.read(self._fd, 32).decode(errors="replace").strip()
            os.close(self._fd)
            raise _in_use(home.path, int(holder) if holder.isdigit() else None) from exc
        os.truncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._fd)


def _in_use(path: Path, pid: int | None) -> DataFolderInUseError:
    who = f"process {pid}" if pid else "another process"
    msg = (
        f"the data folder {path} is in use by {who}; stop it, "
        "or choose another folder with BOUCLE_DATA_DIR"
    )
    return DataFolderInUseError(msg, pid=pid)


def clear_remains(home: ClusterHome) -> None:
    """After a kill -9: wait for what still runs, then remove lock files that mislead.

    PostgreSQL itself copes with the lock file of a process that is gone, but not when the
    number lives on: as a zombie nobody reaped, or as somebody else's process.

    Raises
    ------
    DataFolderInUseError
        If a server keeps running in the folder.
    """
    deadline_s = time.monotonic() + _ORPHAN_WAIT_S
    while alive := _processes_in(home):
        if time.monotonic() > deadline_s:
            raise _in_use(home.path, alive[0])
        time.sleep(_ORPHAN_POLL_S)
    lock_files = (
        home.cluster / "postmaster.pid",
        home.socket_folder / f"{_SOCKET_NAME}.lock",
        home.socket_folder / _SOCKET_NAME,
    )
    for path in lock_files:
        path.unlink(missing_ok=True)


def _processes_in(home: ClusterHome) -> Sequence[int]:
    """Living processes whose working folder is the cluster, as it is for every server process.

    Zombies have no working folder any more. The account itself looks: in a container even
    root may not see the folders of another user's processes.
    """
    listing = home.account.output("/bin/sh", "-c", _LIST_PROCESSES, "sh", home.cluster)
    return sorted(int(pid) for pid in listing.split())
