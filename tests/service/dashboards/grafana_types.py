"""Grafana's own types of a dashboard, as its Foundation SDK has them for Python.

Reading and writing through them shows names that Grafana does not know, which they drop; their
annotations, which they do not check themselves, show values of another type.
"""

import enum
import json
import types
import typing
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tests.conftest import require_part

# What Grafana leaves to the plugin of a data source, which the SDK knows for Prometheus only.
SQL_TARGET = frozenset({"rawSql", "rawQuery", "editorMode", "format", "refId", "datasource"})


class GrafanaTypes:
    """Reads dashboards through the types of the SDK."""

    def __init__(self) -> None:
        require_part(find_spec("grafana_foundation_sdk") is not None, "grafana-foundation-sdk")
        import_module("grafana_foundation_sdk.cog.plugins").register_default_plugins()
        models = import_module("grafana_foundation_sdk.models.dashboard")
        self._dashboard, self._field_config = models.Dashboard, models.FieldConfig
        self._custom = import_module(
            "grafana_foundation_sdk.cog.runtime"
        ).panelcfg_field_config_from_json
        self._encoder = import_module("grafana_foundation_sdk.cog.encoder").JSONEncoder
        units = import_module("grafana_foundation_sdk.models.units")
        self.units = {value for value in vars(units).values() if isinstance(value, str)}

    def faults(self, dashboard: dict[str, Any]) -> list[str]:
        """What Grafana does not know, or knows as another type."""
        read = self._dashboard.from_json(dashboard)
        written = json.loads(json.dumps(read, cls=self._encoder))
        return [*_lost(dashboard, written, "$"), *_mistyped(read, "$")]

    def override_faults(self, panel: dict[str, Any]) -> Iterator[str]:
        """Properties of overridden fields that a panel of this kind does not have."""
        for override in panel["fieldConfig"]["overrides"]:
            for one in override["properties"]:
                name = one["id"].removeprefix("custom.")
                given = {name: one["value"]}
                if name != one["id"]:
                    read = self._custom(given, panel["type"])
                else:
                    read = self._field_config.from_json(given)
                written = json.loads(json.dumps(read, cls=self._encoder))
                yield from _lost(given, written, f"{panel['title']}: {one['id']}")
                yield from _mistyped(read, f"{panel['title']}: {one['id']}")


def _lost(given: Any, kept: Any, at: str) -> Iterator[str]:
    """What did not come back; what the types add by themselves is theirs."""
    if isinstance(given, dict):
        for name, value in given.items():
            if not isinstance(kept, dict) or name not in kept:
                yield f"{at}.{name}: unknown"
            else:
                yield from _lost(value, kept[name], f"{at}.{name}")
    elif isinstance(given, list):
        if not isinstance(kept, list) or len(kept) != len(given):
            yield f"{at}: {kept!r} came back for {given!r}"
        else:
            for n, (one, other) in enumerate(zip(given, kept, strict=True)):
                yield from _lost(one, other, f"{at}[{n}]")
    elif given != kept:
        yield f"{at}: {kept!r} came back for {given!r}"


def _mistyped(value: object, at: str) -> Iterator[str]:
    """Fields of an object of the SDK, and of those in it, that are not of their type."""
    kind = type(value)
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield from _mistyped(one, f"{at}[{n}]")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _mistyped(one, f"{at}.{name}")
    elif kind.__module__.startswith("grafana_foundation_sdk.models") and not isinstance(
        value, enum.Enum
    ):
        for name, wanted in typing.get_type_hints(kind).items():
            held = getattr(value, name)
            if not _fits(held, wanted):
                yield f"{at}.{name}: {held!r} is no {wanted}"
            yield from _mistyped(held, f"{at}.{name}")


def _fits(value: Any, wanted: Any) -> bool:
    inside = typing.get_args(wanted)
    match typing.get_origin(wanted):
        case typing.Union | types.UnionType:
            return any(_fits(value, one) for one in inside)
        case typing.Literal:
            return value in inside
        case origin if origin is list:
            return isinstance(value, list) and all(_fits(one, inside[0]) for one in value)
        case origin if origin is dict:
            return isinstance(value, dict) and all(_fits(one, inside[1]) for one in value.values())
        case _:
            return wanted in {Any, object} or _is_a(value, wanted)


def _is_a(value: Any, wanted: type) -> bool:
    if issubclass(wanted, enum.Enum):
        # The SDK keeps the plain value of what it read.
        return value in {one.value for one in wanted}
    if isinstance(value, dict) and hasattr(wanted, "from_json"):
        # Nor does it read everything that it has a type for.
        read = wanted.from_json(value)
        return not [*_lost(value, read.to_json(), "$"), *_mistyped(read, "$")]
    if wanted in {int, float}:
        allowed = int if wanted is int else int | float
        return isinstance(value, allowed) and not isinstance(value, bool)
    return isinstance(value, wanted)
