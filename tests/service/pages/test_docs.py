"""The page of the API's documentation, of the application as it is shipped."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from service.pages.schema_words import Schema, kind_of
from tests.service.application import application, client_of
from tests.service.pages.test_words import Tags, text_of

_TYPES = ("string", "number", "integer", "boolean", "null", "object", "array")
_leaves: st.SearchStrategy[Any] = st.one_of(
    st.booleans(),
    st.just({}),
    st.builds(lambda name: {"$ref": f"#/components/schemas/{name}"}, st.text(min_size=1)),
    st.builds(lambda kind: {"type": kind}, st.sampled_from(_TYPES)),
    st.builds(lambda kinds: {"type": kinds}, st.lists(st.sampled_from(_TYPES), min_size=1)),
    st.builds(lambda values: {"enum": values}, st.lists(st.text() | st.integers() | st.none())),
    st.builds(lambda value: {"const": value}, st.text() | st.none()),
)
schemas = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(
            lambda keyword, some: {keyword: some},
            st.sampled_from(("anyOf", "oneOf", "allOf")),
            st.lists(inner, max_size=3),
        ),
        st.builds(lambda one: {"type": "array", "items": one}, inner),
        st.builds(lambda some: {"type": "array", "prefixItems": some}, st.lists(inner)),
        st.builds(lambda one: {"type": "object", "additionalProperties": one}, inner),
    ),
    max_leaves=8,
)


@given(schemas)
def test_every_schema_has_words_that_close_their_tags(schema: Schema) -> None:
    words = kind_of(schema)
    tags = Tags()
    tags.feed(words)

    assert isinstance(words, Markup)
    assert tags.open == []


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"anyOf": [{"$ref": "#/components/schemas/State"}, {"type": "null"}]}, "State or null"),
        ({"allOf": [{"$ref": "#/c/A"}, {"$ref": "#/c/B"}]}, "A and B"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"enum": ["open", "resolved"]}, "open, resolved"),
        ({"const": "ed25519"}, "ed25519"),
        ({"type": "integer", "minimum": 1, "maximum": 1000}, "integer from 1 to 1000"),
        ({"type": "array", "items": {"type": "object"}}, "list of object"),
        ({"type": "array", "prefixItems": [{"type": "string"}, {}]}, "list of string, any value"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "number by name"),
        ({"$ref": "#/components/schemas/<b>"}, "&lt;b&gt;"),
    ],
)
def test_the_words_of_a_schema(schema: Schema, words: str) -> None:
    assert re.sub(r"<[^>]+>", "", kind_of(schema)) == words


@pytest.mark.asyncio
async def test_every_route_and_every_shape_is_told_without_loading_anything() -> None:
    app = application()
    async with client_of(app) as client:
        answer = await client.get("/docs")
    tags = Tags()
    tags.feed(answer.text)
    document = app.openapi()
    shapes = document["components"]["schemas"]

    assert answer.status_code == 200
    assert [path for path in document["paths"] if path not in answer.text] == []
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    assert [one["operationId"] for one in operations if not one.get("description")] == []
    assert "HTTPValidationError" not in shapes  # a malformed request is a problem like any other
    assert tags.ids == list(shapes)
    assert {f'href="#{name}"' for name in shapes} >= set(re.findall(r'href="#[^"]*"', answer.text))
    fields = {field for one in shapes.values() for field in one.get("properties", ())}
    assert {one for one in fields if f"<code>{one}</code>" not in answer.text} == set()
    assert "BreachState or null" in text_of(answer.text)
    assert "http" not in re.sub(r"https?://boucle", "", answer.text)
