"""SQL in files: each block of a ``.sql`` file has a name, the functions beside it use it."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)


def parse_queries(text: str) -> Mapping[str, str]:
    """Split text at its ``-- name: block`` lines; comments inside a block stay with it.

    Raises
    ------
    ValueError
        If a name is given twice or no block is there.
    """
    _, *parts = _NAME.split(text)
    if not parts:
        msg = "no block starts with '-- name: …'"
        raise ValueError(msg)
    queries: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in queries:
            msg = f"the query {name!r} is there twice"
            raise ValueError(msg)
        queries[name] = body.strip().removesuffix(";")
    return MappingProxyType(queries)


def load_queries(file_name: str) -> Mapping[str, str]:
    """The named queries of a ``.sql`` file of this package."""
    return parse_queries(Path(__file__).with_name(file_name).read_text(encoding="utf-8"))
