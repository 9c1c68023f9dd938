"""Ties the content of each rule to its version: ``python -m charter_rules.law.lock``.

A verdict names the version of its rule. That is worth something only if the same version
always means the same content: the rule file and its parameter file, comments and review
dates left out.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from charter_rules.errors import LockError, RuleBookError
from charter_rules.law.fingerprint import rule_sha256
from charter_rules.law.loader import SHIPPED_FOLDER, load_library
from charter_rules.law.reading import Library

LOCK_NAME: Final = "rules.lock.json"
_COMMAND: Final = "python -m charter_rules.law.lock --write"


@dataclass(frozen=True, slots=True)
class LockedRule:
    """Version and content hash of one rule, and the hashes of its ``earlier`` versions.

    A verdict of last year names last year's version: whoever checks it must still know it.
    """

    version: int
    sha256: str
    earlier: Mapping[int, str] = field(default_factory=dict)

    def sha256_of(self, version: int) -> str | None:
        """The content hash of a version; None when it was never locked."""
        return self.sha256 if version == self.version else self.earlier.get(version)

    def after(self, before: "LockedRule | None") -> "LockedRule":
        """This rule as the lock keeps it when ``before`` stood there."""
        if before is None:
            return self
        replaced = {before.version: before.sha256} if before.version < self.version else {}
        return replace(self, earlier={**before.earlier, **replaced})

    def record(self) -> dict[str, Any]:
        """As it is written."""
        kept = {str(version): sha256 for version, sha256 in sorted(self.earlier.items())}
        locked = {"version": self.version, "sha256": self.sha256}
        return {**locked, "earlier": kept} if kept else locked


def content_hashes(library: Library) -> dict[str, LockedRule]:
    """Hash every rule together with its parameters."""
    parameters = {name: sheet.shape for name, sheet in library.parameters.sheets.items()}
    return {
        name: LockedRule(sheet.shape.version, rule_sha256(sheet.shape, parameters))
        for name, sheet in sorted(library.rules.sheets.items())
    }


def read_lock(path: Path) -> dict[str, LockedRule]:
    """Read a lock file; one that is not there locks nothing.

    Raises
    ------
    LockError
        If the file is not a lock file.
    """
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: LockedRule(
                version=int(one["version"]),
                sha256=str(one["sha256"]),
                earlier={int(v): str(sha256) for v, sha256 in one.get("earlier", {}).items()},
            )
            for name, one in data.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{path.name} is not a lock file ({error}); restore it from version control"
        raise LockError([msg]) from error


def check(folder: Path = SHIPPED_FOLDER) -> None:
    """Compare the rules with their lock file.

    Raises
    ------
    LockError
        With one sentence per rule that differs.
    """
    now, locked = content_hashes(load_library(folder)), read_lock(folder / LOCK_NAME)
    complaints = [*_unversioned_changes(now, locked), *_stale(now, locked)]
    if complaints:
        raise LockError(complaints)


def write(folder: Path = SHIPPED_FOLDER) -> Path:
    """Write the lock file, unless a rule changed without a higher version.

    Raises
    ------
    LockError
        With one sentence per such rule; nothing is written then.
    """
    path = folder / LOCK_NAME
    now = content_hashes(load_library(folder))
    before = read_lock(path)
    complaints = list(_unversioned_changes(now, before))
    if complaints:
        raise LockError(complaints)
    data = {name: rule.after(before.get(name)).record() for name, rule in now.items()}
    path.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path


def _unversioned_changes(
    now: dict[str, LockedRule], locked: dict[str, LockedRule]
) -> Iterator[str]:
    for name in sorted(now.keys() & locked.keys()):
        new, old = now[name], locked[name]
        if new.sha256 != old.sha256 and new.version <= old.version:
            yield (
                f"{name}: its content changed but its version is still {new.version}; "
                f"raise it to {old.version + 1}, then run {_COMMAND}"
            )
        elif new.version < old.version:
            yield f"{name}: its version went back from {old.version} to {new.version}; raise it"


def _stale(now: dict[str, LockedRule], locked: dict[str, LockedRule]) -> Iterator[str]:
    for name in sorted(now.keys() - locked.keys()):
        yield f"{name}: is not in {LOCK_NAME}; run {_COMMAND}"
    for name in sorted(locked.keys() - now.keys()):
        yield f"{name}: is in {LOCK_NAME} but has no file; run {_COMMAND}"
    for name in sorted(now.keys() & locked.keys()):
        if now[name].version > locked[name].version:
            yield f"{name}: version {now[name].version} is not in {LOCK_NAME}; run {_COMMAND}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when the lock holds, 1 when not, 2 when the rules are broken."""
    parser = argparse.ArgumentParser(prog="python -m charter_rules.law.lock", description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true", help="compare the rules with the lock")
    action.add_argument("--write", action="store_true", help="lock the rules as they are")
    parser.add_argument("--folder", type=Path, default=SHIPPED_FOLDER, help="charter folder")
    options = parser.parse_args(arguments)
    try:
        if options.write:
            sys.stdout.write(f"wrote {write(options.folder).name}\n")
        else:
            check(options.folder)
    except LockError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except RuleBookError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
