"""The dashboards as Grafana gets them, and their queries as Grafana sends them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from service.dashboards.boards import BOARDS
from service.dashboards.grafana_json import dashboard_json
from service.dashboards.text import WORDS

Json = dict[str, Any]
PAGE_URL: Final = "https://boucle.example.org"
LANGS: Final = tuple(WORDS)
WRITTEN: Final[dict[tuple[str, str], Json]] = {
    (board.uid, lang): dashboard_json(board, WORDS[lang], PAGE_URL)
    for board in BOARDS
    for lang in LANGS
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query, and where it stands: ``columns`` are the fields that its table shows."""

    board: str
    panel: str
    ref_id: str
    text: str
    legend: str = ""
    columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.panel_name}/{self.ref_id}"

    @property
    def panel_name(self) -> str:
        return f"{self.board}/{self.panel}"


def panels_of(dashboard: Json) -> Iterator[Json]:
    """All panels, those of folded rows too, without the rows themselves."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def promql(lang: str = "en") -> Iterator[Asked]:
    """Every query of Prometheus."""
    for (board, of_lang), dashboard in WRITTEN.items():
        for panel in panels_of(dashboard) if of_lang == lang else ():
            for target in panel["targets"]:
                if "expr" in target:
                    yield Asked(
                        board=board,
                        panel=panel["title"],
                        ref_id=target["refId"],
                        text=target["expr"],
                        legend=target["legendFormat"],
                        columns=_columns(panel),
                    )


def _columns(panel: Json) -> tuple[str, ...]:
    if panel["type"] != "table":
        return ()
    return tuple(
        one["matcher"]["options"]
        for one in panel["fieldConfig"]["overrides"]
        # That of a matrix is named by it.
        if one["matcher"]["id"] == "byName" and "\\" not in one["matcher"]["options"]
    )


def filled(expr: str, window: str) -> str:
    """A query of Prometheus as Grafana sends it, with all sites and devices."""
    for name, value in (
        ("$__rate_interval", "1m"),
        ("$__range", "1h"),
        ("$site", ".+"),
        ("$device", ".+"),
        ("$window", window),
    ):
        expr = expr.replace(name, value)
    assert "$" not in expr, expr
    return expr


def sql(lang: str = "en") -> Iterator[Asked]:
    """Every query of the database, those of the marks too."""
    for (board, of_lang), dashboard in WRITTEN.items():
        if of_lang != lang:
            continue
        for mark in dashboard["annotations"]["list"]:
            text = mark["target"]["rawSql"]
            yield Asked(board=board, panel=mark["name"], ref_id="Anno", text=text)
        for panel in panels_of(dashboard):
            for target in panel["targets"]:
                if "rawSql" in target:
                    yield Asked(
                        board=board,
                        panel=panel["title"],
                        ref_id=target["refId"],
                        text=target["rawSql"],
                        columns=_columns(panel),
                    )


def filled_sql(text: str, sites: tuple[str, ...], start: str, end: str) -> str:
    """A query of the database as Grafana sends it: its macro takes a plain column."""
    text = text.replace("${site:sqlstring}", ",".join(f"'{one}'" for one in sites))
    text = re.sub(r"\$__timeFilter\(([\w.]+)\)", rf"\1 BETWEEN '{start}' AND '{end}'", text)
    assert "$" not in text, text
    return text
