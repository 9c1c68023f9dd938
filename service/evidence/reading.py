"""Reads a pack that may be hostile: bounded in size, count and depth, each key once."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import Final

from service.evidence.canonical import SAFE_INTEGER, Json
from service.evidence.errors import PackUnreadableError
from service.evidence.said import Said

# Thirty rules over a year are about twenty million bytes.
LARGEST_BYTES: Final = 128 * 1024 * 1024
# Python needs about a hundred bytes for the smallest of these.
_MOST_CONTAINERS: Final = 2_000_000
_MOST_VALUES: Final = 16_000_000
_DEEPEST: Final = 40
_LONGEST_NUMBER: Final = 40
_GZIP_MAGIC: Final = b"\x1f\x8b"
_CHUNK: Final = 1024 * 1024


def read_json(path: Path, largest: int = LARGEST_BYTES) -> Json:
    """The content of a JSON file, packed with gzip or not.

    Raises
    ------
    PackUnreadableError
        With what is wrong: missing, too large, not JSON, a key given twice, nested too deeply.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP_MAGIC
        data = _bounded(path, packed=packed, largest=largest)
    except FileNotFoundError as error:
        raise PackUnreadableError(Said("no_such_file", {"path": path})) from error
    except (OSError, EOFError, zlib.error) as error:
        raise PackUnreadableError(Said("cannot_be_read", {"path": path, "why": error})) from error
    return parse_json(data, str(path))


def _bounded(path: Path, *, packed: bool, largest: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > largest:
                raise PackUnreadableError(Said("too_large", {"path": path, "n": largest}))
            parts.append(chunk)
    return b"".join(parts)


def parse_json(data: bytes, name: str) -> Json:
    """Parse strict JSON: UTF-8, each key once, numbers that a double holds."""
    if data.count(b"[") + data.count(b"{") > _MOST_CONTAINERS or data.count(b",") > _MOST_VALUES:
        raise PackUnreadableError(Said("too_many_values", {"path": name}))
    try:
        content = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_each_key_once,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_integer,
        )
    except RecursionError as error:
        raise PackUnreadableError(Said("too_deep", {"path": name})) from error
    except ValueError as error:
        raise PackUnreadableError(Said("not_json", {"path": name, "why": error})) from error
    _refuse_deep(content, name)
    return content


def _each_key_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        msg = f"the key {twice!r} is given twice"
        raise ValueError(msg)
    return found


def _no_constant(text: str) -> Json:
    msg = f"{text} is not a JSON number"
    raise ValueError(msg)


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        msg = f"the number {text[:_LONGEST_NUMBER]} is too large"
        raise ValueError(msg)
    return value


def _integer(text: str) -> int | float:
    # Every number of JSON is a double here, as in RFC 8785.
    value = int(text) if len(text) <= _LONGEST_NUMBER else _finite(text)
    return value if abs(value) <= SAFE_INTEGER else _finite(text)


def _refuse_deep(content: Json, name: str) -> None:
    level: list[Json] = [content]
    for _ in range(_DEEPEST):
        level = [one for each in level for one in _inside(each)]
        if not level:
            return
    raise PackUnreadableError(Said("too_deep", {"path": name}))


def _inside(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return (one for one in value.values() if isinstance(one, dict | list))
    return (one for one in value if isinstance(one, dict | list)) if isinstance(value, list) else ()
