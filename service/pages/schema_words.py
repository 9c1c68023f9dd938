"""An OpenAPI schema in a line of HTML: what kind of value, with links to the named shapes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

Schema = Mapping[str, Any] | bool

# JSON Schema joins alternatives by these; a reader needs to know only that one of them fits.
_ALTERNATIVES: Final = {
    "anyOf": Markup(" or "),
    "oneOf": Markup(" or "),
    "allOf": Markup(" and "),
}
_ANYTHING: Final = Markup("any value")


def kind_of(schema: Schema) -> Markup:
    """The kind of value a schema asks for; "any value" where it asks for nothing.

    Examples
    --------
    >>> str(kind_of({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}))
    'string (date-time) or null'
    >>> str(kind_of({"type": "array", "items": {"$ref": "#/components/schemas/Kpi"}}))
    'list of <a href="#Kpi">Kpi</a>'
    """
    if isinstance(schema, bool):
        return _ANYTHING if schema else Markup("nothing")
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return Markup('<a href="#{}">{}</a>').format(name, name)
    for keyword, word in _ALTERNATIVES.items():
        if schema.get(keyword):
            return word.join(kind_of(one) for one in schema[keyword])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return Markup(", ").join(Markup("<code>{}</code>").format(value) for value in values)
    return _typed(schema)


def _typed(schema: Mapping[str, Any]) -> Markup:
    kinds = schema.get("type")
    if kinds is None:
        return _ANYTHING
    if not isinstance(kinds, str):
        return Markup(" or ").join(_typed({**schema, "type": one}) for one in kinds)
    if kinds == "array":
        return Markup("list of {}").format(_items(schema))
    if kinds == "object" and "additionalProperties" in schema:
        return Markup("{} by name").format(kind_of(schema["additionalProperties"]))
    return Markup(" ").join([Markup.escape(kinds), *_limits(schema)])


def _items(schema: Mapping[str, Any]) -> Markup:
    """The kind of a list's items; those of a tuple one after the other."""
    fixed: Sequence[Schema] = schema.get("prefixItems", ())
    if fixed:
        return Markup(", ").join(kind_of(one) for one in fixed)
    return kind_of(schema.get("items", True))


def _limits(schema: Mapping[str, Any]) -> list[Markup]:
    words = [
        ("format", Markup("({})")),
        ("minimum", Markup("from {}")),
        ("maximum", Markup("to {}")),
    ]
    return [word.format(schema[key]) for key, word in words if key in schema]
