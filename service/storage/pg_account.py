"""Under which account PostgreSQL runs: it refuses root, so root lends it another one."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.storage.errors import DataFolderError, PostgresStartError

_CANDIDATES = ("postgres", "nobody")
_PROBE_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of this machine; ``switch`` tells whether we must change to it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments that make :class:`subprocess.Popen` run as this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder that we made to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can(self, *command: str | Path) -> bool:
        """Whether a harmless command succeeds when run as this account."""
        try:
            self.output(*command)
        except (OSError, subprocess.SubprocessError):
            return False
        return True

    def output(self, *command: str | Path) -> str:
        """What a harmless command prints when run as this account."""
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command,
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_PROBE_TIMEOUT_S,
            **self.popen_options(),
        )
        return done.stdout


def choose_account(cluster_home: Path) -> Account:
    """The account for the cluster: ours, or as root the cluster's owner or a lesser one.

    Raises
    ------
    DataFolderError
        If the cluster belongs to somebody else.
    PostgresStartError
        If root finds no account to lend.
    """
    try:
        owner = cluster_home.lstat().st_uid
    except FileNotFoundError:
        owner = None
    uid = os.geteuid()
    if uid != 0:
        if owner is not None and owner != uid:
            msg = (
                f"{cluster_home} belongs to user {_name(owner)}; run as that user, "
                "or choose another data folder with BOUCLE_DATA_DIR"
            )
            raise DataFolderError(msg)
        return Account(name=_name(uid), uid=uid, gid=os.getegid(), switch=False)
    if owner:
        return _existing(owner)
    return _lesser()


def _existing(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as exc:
        msg = (
            f"the data folder belongs to user number {uid}, which this machine does not have; "
            "choose another data folder with BOUCLE_DATA_DIR"
        )
        raise DataFolderError(msg) from exc
    return Account(name=entry.pw_name, uid=uid, gid=entry.pw_gid, switch=True)


def _lesser() -> Account:
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
        if account.can("/bin/sh", "-c", ":"):
            return account
    msg = (
        f"PostgreSQL does not run as root, and none of the users {', '.join(_CANDIDATES)} can "
        "be used here; start Boucle as an ordinary user or set BOUCLE_DATABASE_URL"
    )
    raise PostgresStartError(msg)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
