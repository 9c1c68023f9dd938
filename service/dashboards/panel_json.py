"""One panel as the JSON that Grafana reads."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Final

from service.dashboards.description import (
    Column,
    Limit,
    Look,
    Panel,
    Prometheus,
    Shown,
    Sql,
    Step,
)
from service.dashboards.sources import PROMETHEUS_SOURCE, SQL_SOURCE
from service.dashboards.text import Words

PROMETHEUS: Final = {"type": PROMETHEUS_SOURCE.plugin, "uid": "${datasource}"}
SQL: Final = {"type": SQL_SOURCE.plugin, "uid": "${sql}"}
_NOW_ONLY: Final = frozenset({Look.STAT, Look.TABLE, Look.BARS})
_LAST: Final[dict[str, Any]] = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_COLOURED: Final = {"type": "color-text"}
_DASHED: Final = {"fill": "dash", "dash": [6, 6]}


def panel_json(panel: Panel, words: Words, page_url: str) -> dict[str, Any]:
    """A panel without its number and place."""
    own = words.panels[panel.key]
    made: dict[str, Any] = {
        "type": panel.look.value,
        "title": own.title,
        "description": own.about,
        "datasource": SQL if panel.is_sql else PROMETHEUS,
        "targets": list(_targets(panel)),
        "fieldConfig": {
            "defaults": _defaults(panel, words),
            "overrides": list(_overrides(panel, words, page_url)),
        },
        "options": _options(panel),
    }
    if panel.look is Look.TABLE and not panel.is_sql:
        made["transformations"] = _transformations(panel)
    if panel.span is not None:
        made["timeFrom"] = panel.span
    return made


def sql_target(query: Sql, ref_id: str) -> dict[str, Any]:
    """A query of the database, as a series or, by its caller, as a table."""
    return {
        "refId": ref_id,
        "datasource": SQL,
        "rawSql": query.text,
        "rawQuery": True,
        "editorMode": "code",
        "format": "time_series",
    }


def _targets(panel: Panel) -> Iterator[dict[str, Any]]:
    for ref_id, query in zip(ascii_uppercase, panel.queries, strict=False):
        if isinstance(query, Sql):
            is_table = panel.look is Look.TABLE
            yield {**sql_target(query, ref_id), **({"format": "table"} if is_table else {})}
        else:
            yield _prometheus_target(panel, query, ref_id)


def _prometheus_target(panel: Panel, query: Prometheus, ref_id: str) -> dict[str, Any]:
    now_only = panel.look in _NOW_ONLY
    made = {
        "refId": ref_id,
        "datasource": PROMETHEUS,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "editorMode": "code",
        "instant": now_only,
        "range": not now_only,
        "format": "table" if panel.look is Look.TABLE else "time_series",
    }
    if query.least_step is not None:
        made["interval"] = query.least_step
    return made


def _defaults(panel: Panel, words: Words) -> dict[str, Any]:
    made: dict[str, Any] = {
        "unit": panel.unit,
        "mappings": _mappings(panel.shown, words),
        "noValue": words.no_value,
        "color": _colour_mode(panel),
        "custom": _custom(panel),
    }
    if panel.decimals is not None:
        made["decimals"] = panel.decimals
    if panel.steps:
        made["thresholds"] = _thresholds(panel.steps)
    return made


def _colour_mode(panel: Panel) -> dict[str, Any]:
    if panel.look is Look.SERIES:
        return {"mode": "palette-classic-by-name"}
    return {"mode": "thresholds"} if panel.steps else {"mode": "fixed", "fixedColor": "text"}


def _custom(panel: Panel) -> dict[str, Any]:
    match panel.look:
        case Look.SERIES:
            # A gap is a gap: nothing is drawn over what is not known.
            return {"drawStyle": "line", "lineWidth": 2, "fillOpacity": 0, "spanNulls": False}
        case Look.TABLE:
            plain = {"align": "auto", "inspect": False, "filterable": True}
            return {**plain, "cellOptions": _COLOURED} if panel.shown else plain
        case Look.STATES:
            return {"fillOpacity": 80, "lineWidth": 0}
        case _:
            return {}


def _options(panel: Panel) -> dict[str, Any]:
    match panel.look:
        case Look.STAT:
            return {
                "reduceOptions": _LAST,
                "orientation": "auto",
                "textMode": "value_and_name",
                "colorMode": "value",
                "graphMode": "none",
                "justifyMode": "auto",
            }
        case Look.SERIES:
            return {
                "legend": _legend(*_LAST["calcs"]),
                "tooltip": {"mode": "multi", "sort": "none"},
            }
        case Look.TABLE:
            return {"showHeader": True, "cellHeight": "sm"}
        case Look.BARS:
            return {
                "reduceOptions": _LAST,
                "orientation": "horizontal",
                "displayMode": "basic",
                "valueMode": "text",
                "showUnfilled": True,
            }
        case Look.STATES:
            return {
                "showValue": "auto",
                "mergeValues": True,
                "legend": _legend(),
                "tooltip": {"mode": "single", "sort": "none"},
            }


def _legend(*calcs: str) -> dict[str, Any]:
    return {
        "displayMode": "list",
        "placement": "bottom",
        "showLegend": True,
        "calcs": list(calcs),
    }


def _overrides(panel: Panel, words: Words, page_url: str) -> Iterator[dict[str, Any]]:
    for limit in panel.limits:
        yield _limit_override(limit)
    for column in panel.columns:
        yield _override(column.field, _column_properties(column, words, page_url))


def _limit_override(limit: Limit) -> dict[str, Any]:
    properties: dict[str, Any] = {"custom.lineStyle": _DASHED, "custom.lineWidth": 1}
    if limit.colour is not None:
        properties["color"] = {"mode": "fixed", "fixedColor": limit.colour.value}
    return {
        "matcher": {"id": "byFrameRefID", "options": limit.of_query},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }


def _column_properties(column: Column, words: Words, page_url: str) -> Mapping[str, Any]:
    properties: dict[str, Any] = {"displayName": words.columns[column.word]}
    if column.unit is not None:
        properties["unit"] = column.unit
    if column.shown:
        properties["mappings"] = _mappings(column.shown, words)
        properties["custom.cellOptions"] = _COLOURED
    if column.is_rule:
        to = f"{words.charter_page(page_url)}#rule-${{__value.raw}}"
        properties["links"] = [_link(words.links["charter"], to)]
    return properties


def _override(field: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "matcher": {"id": "byName", "options": field},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }


def _mappings(shown: Sequence[Shown], words: Words) -> list[dict[str, Any]]:
    if not shown:
        return []
    options = {
        one.value: {"text": words.states[one.word], "color": one.colour.value, "index": n}
        for n, one in enumerate(shown)
    }
    return [{"type": "value", "options": options}]


def _thresholds(steps: Sequence[Step]) -> dict[str, Any]:
    return {
        "mode": "absolute",
        "steps": [{"value": one.at, "color": one.colour.value} for one in steps],
    }


def _transformations(panel: Panel) -> list[dict[str, Any]]:
    """One row for what the queries say of the same labels, and the columns in their order."""
    if panel.matrix is not None:
        matrix = panel.matrix
        options = {"rowField": matrix.row, "columnField": matrix.column, "valueField": matrix.cell}
        return [{"id": "groupingToMatrix", "options": options}]
    shown = [column.field for column in panel.columns]
    values = [f"Value #{letter}" for letter, _ in zip(ascii_uppercase, panel.queries, strict=False)]
    unnamed = [one for one in ("Time", "Value", *values) if one not in shown]
    return [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": dict.fromkeys(unnamed, True),
                "indexByName": {name: n for n, name in enumerate(shown)},
                "renameByName": {},
            },
        },
    ]


def _link(title: str, url: str) -> dict[str, Any]:
    return {
        "type": "link",
        "title": title,
        "url": url,
        "icon": "external link",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "targetBlank": True,
        "includeVars": False,
        "keepTime": False,
    }
