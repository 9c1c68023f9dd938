"""One byte form for one content: RFC 8785 (JCS), and what becomes of values that JSON lacks.

Numbers are IEEE 754 doubles in the shortest form that reads back. NaN and infinities are null,
integers that a double cannot hold are strings of digits, times are UTC with microseconds.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from math import isfinite
from typing import Any, Final

import numpy as np
import rfc8785
from pydantic import BaseModel

from service.evidence.errors import PackUnreadableError
from service.evidence.said import Said

Json = Any

# The largest integer up to which a double holds every one.
SAFE_INTEGER: Final = 2**53 - 1
_ZULU: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


def canonical(data: Json) -> bytes:
    """The canonical bytes of plain data.

    Raises
    ------
    PackUnreadableError
        If the data have no canonical form: unpaired surrogates, a number that is none.
    """
    try:
        return rfc8785.dumps(data)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"
        raise PackUnreadableError(Said("no_canonical_form", {"why": why})) from error


def sha256_of(data: Json) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(canonical(data)).hexdigest()


def utc_text(instant: datetime) -> str:
    """An instant as it is written in evidence."""
    return instant.astimezone(UTC).strftime(_ZULU)


def instant_of(text: str) -> datetime:
    """The instant written as :func:`utc_text` does; ValueError or TypeError when it is not."""
    instant = datetime.strptime(text, _ZULU).replace(tzinfo=UTC)
    if utc_text(instant) != text:
        msg = f"{text!r} is not written as an instant of evidence"
        raise ValueError(msg)
    return instant


def plain(value: object) -> Json:
    """Turn values of the program into plain data, dataclasses field by field."""
    if isinstance(value, BaseModel):
        # As it was written: the hash of a rule leaves out what a file leaves out.
        return plain(value.model_dump(mode="json", by_alias=True, exclude_unset=True))
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return _leaf(value)


def _leaf(value: object) -> Json:
    if isinstance(value, Enum):
        return value.name.lower() if isinstance(value, IntEnum) else value.value
    match value:
        case None | bool() | str():
            return value
        case datetime():
            return utc_text(value)
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
    return _number(value)


def _number(value: object) -> Json:
    if isinstance(value, int | np.integer):
        return int(value) if abs(int(value)) <= SAFE_INTEGER else str(int(value))
    if isinstance(value, float | np.floating):
        return float(value) if isfinite(value) else None
    msg = f"{type(value).__name__} has no place in evidence"
    raise TypeError(msg)
