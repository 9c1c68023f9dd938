"""A dashboard as the JSON that Grafana reads (schema 41, Grafana 11 or later)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from service.dashboards.description import LANG, Board, Marks, Panel, Row, Variable
from service.dashboards.panel_json import PROMETHEUS, SQL, panel_json, sql_target
from service.dashboards.sources import PROMETHEUS_SOURCE, SQL_SOURCE, Source
from service.dashboards.text import Words

_SCHEMA: Final = 41
_COLUMNS: Final = 24
TAG: Final = "boucle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a panel stands, in cells of the grid."""

    x: int
    y: int
    w: int
    h: int

    def json(self) -> dict[str, int]:
        return {"x": self.x, "y": self.y, "w": self.w, "h": self.h}


def dashboard_json(board: Board, words: Words, page_url: str) -> dict[str, Any]:
    """The dashboard in one language; ``page_url`` is where Boucle's pages are."""
    own = words.boards[board.key]
    made: dict[str, Any] = {
        "uid": board.uid,
        "title": own.title,
        "description": own.about,
        "tags": [TAG],
        "timezone": "browser",
        "editable": True,
        "graphTooltip": 1,
        "schemaVersion": _SCHEMA,
        "time": {"from": board.since, "to": "now"},
        "refresh": board.refresh,
        "templating": {"list": list(_variables(board, words))},
        "annotations": {"list": [_marks_json(one, words) for one in board.marks]},
        "links": _links(words, page_url),
        "panels": list(_panels(board, words, page_url)),
    }
    return {name: _in_language(one, words.lang) for name, one in made.items()}


def _in_language(made: Any, lang: str) -> Any:
    """Labels such as ``title_fr``, wherever a query or a column names them."""
    if isinstance(made, dict):
        return {name.replace(LANG, lang): _in_language(one, lang) for name, one in made.items()}
    if isinstance(made, list):
        return [_in_language(one, lang) for one in made]
    return made.replace(LANG, lang) if isinstance(made, str) else made


def _panels(board: Board, words: Words, page_url: str) -> Iterator[dict[str, Any]]:
    number, y = 0, 0
    for row in board.rows:
        number += 1
        heading = {
            "type": "row",
            "id": number,
            "title": words.rows[row.key],
            "collapsed": row.folded,
            "gridPos": Place(x=0, y=y, w=_COLUMNS, h=1).json(),
        }
        inside = []
        y += 1
        for panel, place in _placed(row, y):
            number += 1
            made = panel_json(panel, words, page_url)
            inside.append({"id": number, "gridPos": place.json(), **made})
            y = max(y, place.y + place.h)
        yield {**heading, "panels": inside if row.folded else []}
        if not row.folded:
            yield from inside


def _placed(row: Row, y: int) -> Iterator[tuple[Panel, Place]]:
    """From left to right, and on below what is there when a line is full."""
    x, bottom = 0, y
    for panel in row.panels:
        if x + panel.width > _COLUMNS:
            x, y = 0, bottom
        yield panel, Place(x=x, y=y, w=panel.width, h=panel.height)
        x, bottom = x + panel.width, max(bottom, y + panel.height)


def _variables(board: Board, words: Words) -> Iterator[dict[str, Any]]:
    yield _source_variable("datasource", PROMETHEUS_SOURCE, words)
    if board.asks_sql:
        yield _source_variable("sql", SQL_SOURCE, words)
    for one in board.variables:
        yield _query_variable(one, words)


def _source_variable(name: str, source: Source, words: Words) -> dict[str, Any]:
    return {
        "type": "datasource",
        "name": name,
        "label": words.variables[name],
        "query": source.plugin,
        "current": {"text": source.name, "value": source.uid},
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "refresh": 1,
    }


def _query_variable(one: Variable, words: Words) -> dict[str, Any]:
    takes_all = one.chosen is None
    current: dict[str, Any] = (
        {"text": ["All"], "value": ["$__all"]}
        if takes_all
        else {"text": one.chosen, "value": one.chosen}
    )
    return {
        "type": "query",
        "name": one.name,
        "label": words.variables[one.name],
        "datasource": PROMETHEUS,
        "query": {"query": one.query, "refId": f"variable-{one.name}"},
        "current": current,
        "hide": 0,
        "multi": takes_all,
        "includeAll": takes_all,
        # When the range of time changes, too: a site that is new is there without a reload.
        "refresh": 2,
        "sort": 1,
    }


def _marks_json(one: Marks, words: Words) -> dict[str, Any]:
    return {
        "name": words.marks[one.key],
        "datasource": SQL,
        "enable": True,
        "hide": False,
        "iconColor": one.colour.value,
        "target": {**sql_target(one.query, "Anno"), "format": "table"},
    }


def _links(words: Words, page_url: str) -> list[dict[str, Any]]:
    common = {"icon": "external link", "tooltip": "", "asDropdown": False, "tags": []}
    pages = {
        "page": words.page(page_url),
        "charter": words.charter_page(page_url),
        "api": f"{page_url}/docs",
    }
    return [
        {
            **common,
            "type": "dashboards",
            "title": words.links["boards"],
            "icon": "dashboard",
            "url": "",
            "tags": [TAG],
            "targetBlank": False,
            "includeVars": False,
            "keepTime": True,
        },
        *(
            {
                **common,
                "type": "link",
                "title": words.links[name],
                "url": url,
                "targetBlank": True,
                "includeVars": False,
                "keepTime": False,
            }
            for name, url in pages.items()
        ),
    ]
