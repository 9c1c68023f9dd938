"""Which program judged: the version, and the content of the code that leads to a verdict."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"

_ROOT: Final = Path(__file__).resolve().parent.parent
# What a verdict depends on; pages, stores and collectors do not change one.
JUDGING: Final = ("models", "charter_rules", "service/evaluation")


@cache
def source_hashes() -> dict[str, str]:
    """SHA-256 of every source file of the code that judges, by its path in the project."""
    return {
        path.relative_to(_ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in JUDGING
        for path in sorted((_ROOT / folder).rglob("*.py"))
    }


def code_version_of(version: str, sources: Mapping[str, str]) -> str:
    """A version of Boucle, and the first digits of the hash of its judging code."""
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(sources.items()))
    digest = hashlib.sha256(listed.encode("utf-8")).hexdigest()
    return f"{version}+{digest[:12]}"


@cache
def code_version() -> str:
    """The version of this program."""
    return code_version_of(VERSION, source_hashes())
