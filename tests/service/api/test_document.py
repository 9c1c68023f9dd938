"""The document of the API: enough to write a client from, or to generate one."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from service.api.openapi import FIELDS, PARAMETERS, is_leaf
from tests.service.application import application

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return application().openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS and path.startswith("/api/v1"):
                yield f"{method} {path}", operation


def test_every_operation_has_a_name_for_clients_and_says_what_it_does(
    document: dict[str, Any],
) -> None:
    told = dict(operations(document))
    names = [one["operationId"] for one in told.values()]
    assert len(set(names)) == len(names)
    assert [one for one in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", one)] == []
    assert [one for one, op in told.items() if not (op["summary"] and op["description"])] == []


def test_every_parameter_says_what_it_is(document: dict[str, Any]) -> None:
    lacking = [
        (name, one["name"])
        for name, operation in operations(document)
        for one in operation.get("parameters", ())
        if not one.get("description")
    ]
    assert lacking == []


def test_every_field_says_what_it_is_with_an_example(document: dict[str, Any]) -> None:
    fields = [
        (shape, name, field)
        for shape, schema in document["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
    ]
    assert len(fields) > 300
    assert [(shape, name) for shape, name, field in fields if not field.get("description")] == []
    lacking = [
        (shape, name) for shape, name, field in fields if is_leaf(field) and "examples" not in field
    ]
    assert lacking == []


def test_every_answer_has_a_schema(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        [status] = [one for one in operation["responses"] if one < "300"]
        # Of what is done, 204 says all there is to say.
        if status == "204":
            continue
        content = operation["responses"][status]["content"]
        assert content, name
        assert all(one["schema"] for one in content.values()), name


def test_every_word_of_the_fields_is_used(document: dict[str, Any]) -> None:
    names = {
        one
        for shape, schema in document["components"]["schemas"].items()
        for name in schema.get("properties", {})
        for one in (name, f"{shape}.{name}")
    }
    assert set(FIELDS) - names == set()
    parameters = {
        one["name"]
        for _, operation in operations(document)
        for one in operation.get("parameters", ())
    }
    assert set(PARAMETERS) - parameters == set()
