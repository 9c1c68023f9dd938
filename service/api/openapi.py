"""The document of the API: every field told in words and with an example, clients generated.

What a field means is told where it is declared; for those of plain dataclasses, and those that mean
the same in many shapes, in ``words.json`` by ``Shape.field`` or by name.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from service.api.problems import PROBLEM_MEDIA_TYPE
from service.api.schemas import ProblemAnswer

_Schema = dict[str, Any]
_PROBLEM: Final = f"#/components/schemas/{ProblemAnswer.__name__}"
_WORDS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = json.loads(
    Path(__file__).with_name("words.json").read_text(encoding="utf-8")
)
FIELDS: Final = _WORDS["fields"]
PARAMETERS: Final = _WORDS["parameters"]


def operation_name(route: APIRoute) -> str:
    """What generated clients call an operation: the name of its function."""
    return route.name


class DescribedApi(FastAPI):
    """An application whose document tells every field."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for operation in _operations(document):
                for one in operation.get("parameters", ()):
                    _tell(one, PARAMETERS.get(one["name"], {}))
                for answer in operation["responses"].values():
                    _name_problems(answer)
            for name, schema in document["components"]["schemas"].items():
                for field, told in schema.get("properties", {}).items():
                    _describe(name, field, told)
        assert self.openapi_schema is not None, "it was made above"
        return self.openapi_schema


def _operations(document: _Schema) -> Iterator[_Schema]:
    for item in document["paths"].values():
        yield from item.values()


def _name_problems(answer: _Schema) -> None:
    """A problem is sent as what it is; FastAPI takes every answer for plain JSON."""
    content = answer.get("content", {})
    told = content.get("application/json", {}).get("schema", {})
    if told.get("$ref") == _PROBLEM:
        content[PROBLEM_MEDIA_TYPE] = content.pop("application/json")


def _describe(shape: str, field: str, schema: _Schema) -> None:
    _tell(schema, FIELDS.get(f"{shape}.{field}") or FIELDS.get(field, {}))


def _tell(schema: _Schema, words: Mapping[str, Any]) -> None:
    if "description" in words:
        schema.setdefault("description", words["description"])
    if "example" in words and is_leaf(schema):
        # A parameter has its schema inside.
        schema.get("schema", schema).setdefault("examples", [words["example"]])


def is_leaf(schema: Mapping[str, Any]) -> bool:
    """Whether a value is written down as it is; other shapes have examples of their own.

    Examples
    --------
    >>> is_leaf({"type": "array", "items": {"$ref": "#/components/schemas/Kpi"}})
    False
    >>> is_leaf({"anyOf": [{"type": "number"}, {"type": "null"}]})
    True
    """
    inner = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())]
    return "$ref" not in schema and all(is_leaf(one) for one in inner if isinstance(one, dict))
