"""The snapshot as bytes, part by part, for those who read it in another process.

Each field of the snapshot is a part: JSON written from the types of the dataclasses, compressed.
What is read back equals what was written: NaN and infinities, enums, dates, tuples, arrays. Who
has other types has another :func:`snapshot_format`.
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Final, get_args, get_type_hints

import numpy as np
from pydantic import ConfigDict, TypeAdapter
from pydantic_core import from_json

from service.live.snapshot import LiveSnapshot

PARTS: Final = tuple(field.name for field in fields(LiveSnapshot))

_CONFIG: Final = ConfigDict(ser_json_inf_nan="constants", arbitrary_types_allowed=True)
_ARRAY: Final = "__array__"
_ARRAY_BYTES: Final = _ARRAY.encode()
# The fastest level: the second between two snapshots is worth more than the bytes.
_LEVEL: Final = 1


@cache
def _hints() -> Mapping[str, Any]:
    return get_type_hints(LiveSnapshot)


@cache
def adapter_of(part: str) -> TypeAdapter[Any]:
    """What writes and reads one field of the snapshot."""
    return codec_of(_hints()[part])


def codec_of(kind: Any) -> TypeAdapter[Any]:
    """For any type; its values go into a tuple of one, since a dataclass takes no configuration."""
    wrapped: Any = tuple[kind]
    return TypeAdapter(wrapped, config=_CONFIG)


def dump(adapter: TypeAdapter[Any], value: object) -> bytes:
    """JSON."""
    return adapter.dump_json((value,), fallback=_plain)


def load(adapter: TypeAdapter[Any], body: bytes) -> Any:
    """Read back what :func:`dump` wrote."""
    if _ARRAY_BYTES in body:
        return adapter.validate_python(_with_arrays(from_json(body)))[0]
    return adapter.validate_json(body)[0]


def encode(part: str, value: object) -> bytes:
    """One part as it is stored."""
    return zlib.compress(dump(adapter_of(part), value), _LEVEL)


def decode(part: str, body: bytes) -> Any:
    """One part as it was."""
    return load(adapter_of(part), zlib.decompress(body))


def _plain(value: object) -> object:
    """What pydantic does not know: arrays with their bits, and single numbers of numpy."""
    if isinstance(value, np.ndarray):
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
        return {_ARRAY: [value.dtype.str, list(value.shape), data]}
    if isinstance(value, np.generic):
        return value.item()
    msg = f"a snapshot holds no {type(value).__name__}"
    raise TypeError(msg)


def _with_arrays(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_arrays(one) for one in value]
    if not isinstance(value, dict):
        return value
    if _ARRAY in value:
        kind, shape, data = value[_ARRAY]
        return np.frombuffer(base64.b64decode(data), kind).reshape(shape).copy()
    return {key: _with_arrays(one) for key, one in value.items()}


def format_of(kind: Any) -> str:
    """Hash of a tree of types: names, fields, enums. Another order of fields is another format."""
    told: dict[str, str] = {}
    _describe(kind, told)
    listed = "\n".join(f"{name}: {text}" for name, text in sorted(told.items()))
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


@cache
def snapshot_format() -> str:
    """The format of the snapshot of this version."""
    return format_of(LiveSnapshot)


def _describe(kind: Any, told: dict[str, str]) -> None:
    if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, Enum)):
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name in told:
            return
        if issubclass(kind, Enum):
            told[name] = repr([(one.name, one.value) for one in kind])
            return
        hints = get_type_hints(kind)
        told[name] = repr([(field.name, str(hints[field.name])) for field in fields(kind)])
        for hint in hints.values():
            _describe(hint, told)
    for argument in get_args(kind):
        _describe(argument, told)
