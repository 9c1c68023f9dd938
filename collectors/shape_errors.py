"""What pydantic finds wrong with a file, one sentence a mistake: the remedy, and what is permitted.

Of the mistakes it lists, those that only follow from another one are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from collectors.redaction import redacted

Schema: TypeAlias = Mapping[str, Any]


def shape_errors(error: ValidationError) -> Iterator[ErrorDetails]:
    """The mistakes; not that a list is too short because its entries are broken."""
    found = error.errors()
    for one in found:
        loc = one["loc"]
        inside = (other for other in found if len(other["loc"]) > len(loc))
        if one["type"] == "too_short" and any(x["loc"][: len(loc)] == loc for x in inside):
            continue
        yield one


def remedy(shape: type[BaseModel], details: ErrorDetails, *, shows_value: bool = True) -> str:
    """What is wrong and what to do; without the value where that may be a secret.

    ``shape`` is the type that the whole file was validated as.
    """
    given = details["input"]
    match details["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return f"is not a field here; {_meant(shape, details['loc'])}"
        case "union_tag_not_found":
            return f"{details['msg']}; add it"
        case "value_error":
            return details["msg"].removeprefix("Value error, ")
        case _ if not shows_value or isinstance(given, dict | list):
            return details["msg"]
        case _:
            return f"{details['msg']}; got {redacted(repr(given))}"


def _meant(shape: type[BaseModel], loc: Sequence[str | int]) -> str:
    fields = permitted_fields(shape, loc[:-1])
    close = get_close_matches(str(loc[-1]), fields, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}use {', '.join(fields)}, or remove it" if fields else "remove it"


def permitted_fields(shape: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The fields of the part of a file at ``loc``, a path as pydantic writes it.

    Examples
    --------
    >>> from collectors.installation import Installation
    >>> permitted_fields(Installation, ("links", 0, "opcua"))
    ['id', 'protocol', 'endpoint', 'login', 'timeout_s']
    """
    root: Schema = shape.model_json_schema(mode="validation")
    at = [root]
    for part in loc:
        at = [inner for one in at for inner in _inside(root, one, part)]
    return list(dict.fromkeys(name for one in at for name in _plain(root, one)["properties"]))


def _inside(root: Schema, schema: Schema, part: str | int) -> Iterator[Schema]:
    """What stands at a key, an index, or the branch of a union that the tag names."""
    for one in _branches(root, schema):
        tagged = one.get("discriminator", {}).get("mapping", {}).get(part)
        if tagged is not None:
            yield _plain(root, {"$ref": tagged})
        elif isinstance(part, int) and "items" in one:
            yield from _branches(root, one["items"])
        elif part in one.get("properties", {}):
            yield from _branches(root, one["properties"][part])


def _branches(root: Schema, schema: Schema) -> Iterator[Schema]:
    """The schema itself, and what it may be: a part that may be null is a union, too."""
    plain = _plain(root, schema)
    yield plain
    for one in plain.get("anyOf", ()):
        yield from _branches(root, one)


def _plain(root: Schema, schema: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return {"properties": {}, **schema}
    return _plain(root, root["$defs"][str(reference).rpartition("/")[2]])
