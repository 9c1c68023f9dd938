"""What a reader needs of each panel: a place, a title, a text, a unit, in both languages."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.__main__ import main
from service.dashboards.boards import BOARDS
from service.dashboards.description import NO_UNIT, Look
from service.dashboards.provisioning import DATASOURCES, PROVIDERS, SQL_DATASOURCE
from service.dashboards.sources import PROMETHEUS_SOURCE, SQL_SOURCE
from service.dashboards.text import WORDS
from service.live.board import SnapshotBoard
from tests.service.application import application, client_of
from tests.service.dashboards.written import PAGE_URL, WRITTEN, Json, panels_of
from tests.service.pages.sample_snapshot import sample_site, sample_snapshot

EVERY = pytest.mark.parametrize("uid_lang", WRITTEN, ids="-".join)
PANELS = [panel for board in BOARDS for panel in board.panels]


@EVERY
def test_numbers_of_panels_are_unique(uid_lang: tuple[str, str]) -> None:
    dashboard = WRITTEN[uid_lang]
    rows = [one["id"] for one in dashboard["panels"] if one["type"] == "row"]
    numbers = rows + [panel["id"] for panel in panels_of(dashboard)]
    assert len(set(numbers)) == len(numbers) > 10


@EVERY
def test_no_panel_covers_another(uid_lang: tuple[str, str]) -> None:
    dashboard = WRITTEN[uid_lang]
    cells: set[tuple[int, int]] = set()
    rows = [one for one in dashboard["panels"] if one["type"] == "row"]
    for panel in (*rows, *panels_of(dashboard)):
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        own = {
            (place["x"] + dx, place["y"] + dy)
            for dx in range(place["w"])
            for dy in range(place["h"])
        }
        assert own
        assert not cells & own, panel["title"]
        cells |= own


@EVERY
def test_a_panel_has_a_title_and_a_text_of_its_own(uid_lang: tuple[str, str]) -> None:
    dashboard = WRITTEN[uid_lang]
    assert dashboard["title"]
    assert dashboard["description"]
    titles = [panel["title"] for panel in panels_of(dashboard)]
    assert len(set(titles)) == len(titles)
    for panel in panels_of(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["title"] != panel["description"]


def test_a_figure_has_a_unit() -> None:
    """Or words in place of its values; a table has them by the column, a plain ratio has none."""
    figures = [one for one in PANELS if one.look is not Look.TABLE and not one.shown]
    assert {one.key for one in figures if one.unit == NO_UNIT} == {
        "pue_now",
        "ere_now",
        "seasonal_factor_now",
        "pue_by_day",
        "pue_by_month",
        "margins_ratio",
        "balances_open",
    }


def test_both_languages_say_the_same_things_and_nothing_is_left_over() -> None:
    french, english = WORDS["fr"], WORDS["en"]
    for part in ("boards", "rows", "panels", "variables", "marks", "columns", "states", "links"):
        assert getattr(french, part).keys() == getattr(english, part).keys(), part
    assert {panel.key for panel in PANELS} == english.panels.keys()
    assert {row.key for board in BOARDS for row in board.rows} == english.rows.keys()
    assert {board.key for board in BOARDS} == english.boards.keys()
    assert {one.word for panel in PANELS for one in panel.columns} == english.columns.keys()
    used = {one.word for panel in PANELS for one in panel.shown} | {
        one.word for panel in PANELS for column in panel.columns for one in column.shown
    }
    assert used == english.states.keys()


def test_french_is_french() -> None:
    """Its spaces before signs, and no text left in English."""
    english = {text for pair in WORDS["en"].panels.values() for text in pair if " " in text}
    for pair in (*WORDS["fr"].panels.values(), *WORDS["fr"].boards.values()):
        for text in pair:
            assert text not in english
            assert not re.search(r"[^\u00a0]:|[^\u202f][;?!%]", text), text


@EVERY
def test_no_site_is_named(uid_lang: tuple[str, str]) -> None:
    text = json.dumps(WRITTEN[uid_lang], ensure_ascii=False)
    site = sample_site()
    assert site.identity.id not in text
    assert "chapelle" not in text.lower()
    for device in site.devices:
        assert f'"{device}' not in text


@EVERY
def test_variables_choose_source_and_site(uid_lang: tuple[str, str]) -> None:
    dashboard = WRITTEN[uid_lang]
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}
    assert variables["datasource"]["query"] == PROMETHEUS_SOURCE.plugin
    assert variables["site"]["includeAll"]
    text = json.dumps([dashboard["panels"], dashboard["annotations"]])
    used = set(re.findall(r"\$\{?(\w+)", text)) - {"__rate_interval", "__range", "__timeFilter"}
    assert used - {"__value"} == variables.keys()


def links_in(made: Any) -> set[str]:
    if isinstance(made, dict):
        own = {made["url"]} if isinstance(made.get("url"), str) else set()
        return own.union(*(links_in(one) for one in made.values()))
    return set().union(*(links_in(one) for one in made)) if isinstance(made, list) else set()


@pytest.mark.asyncio
async def test_links_lead_to_pages_that_there_are() -> None:
    board, snapshot = SnapshotBoard(), sample_snapshot()
    board.publish(snapshot)
    urls = {url for dashboard in WRITTEN.values() for url in links_in(dashboard) if url}
    rule = snapshot.findings[0].rule_id
    pages = {url.replace("${__value.raw}", rule).removeprefix(PAGE_URL) for url in urls}
    # The page, the charter and a rule of it in both languages, and the API.
    assert len(pages) == 2 * 3 + 1
    async with client_of(application(board)) as client:
        for page in pages:
            path, _, anchor = page.partition("#")
            answer = await client.get(path)
            assert answer.status_code == 200
            assert not anchor or f'id="{anchor}"' in answer.text


def test_every_rule_in_a_table_leads_to_its_page() -> None:
    for dashboard in WRITTEN.values():
        for panel in panels_of(dashboard):
            for override in panel["fieldConfig"]["overrides"]:
                if override["matcher"]["options"] in {"rule", "rule\\site"}:
                    [links] = [p["value"] for p in override["properties"] if p["id"] == "links"]
                    assert links[0]["url"].endswith("#rule-${__value.raw}")


def test_the_command_writes_what_grafana_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "grafana"
    given = ["dashboards", "--into", str(into), "--lang", "fr", "--page-url", f"{PAGE_URL}/"]
    assert main(given) == 0
    named = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(named) == sorted(one for one in into.rglob("*") if one.is_file())
    read: dict[str, Json] = {
        one["uid"]: one
        for path in (into / "dashboards").glob("*.json")
        for one in [json.loads(path.read_text(encoding="utf-8"))]
    }
    assert read == {uid: one for (uid, lang), one in WRITTEN.items() if lang == "fr"}
    # A second time gives the same files.
    before = {path: path.read_bytes() for path in named}
    assert main(given) == 0
    assert {path: path.read_bytes() for path in named} == before


def test_whoever_has_prometheus_only_is_asked_for_nothing_else(tmp_path: Path) -> None:
    given = ["dashboards", "--into", str(tmp_path), "--page-url", PAGE_URL, "--prometheus-only"]
    assert main(given) == 0
    text = "".join(one.read_text(encoding="utf-8") for one in tmp_path.rglob("*.*"))
    assert not any(one in text for one in ("rawSql", "${sql}", SQL_SOURCE.plugin, SQL_SOURCE.uid))
    [source] = YAML(typ="safe").load(DATASOURCES)["datasources"]
    assert source["uid"] == PROMETHEUS_SOURCE.uid
    read = [json.loads(one.read_text()) for one in (tmp_path / "dashboards").iterdir()]
    left = {panel["title"] for dashboard in read for panel in panels_of(dashboard)}
    assert left == {
        panel["title"]
        for (_, lang), dashboard in WRITTEN.items()
        if lang == "fr"
        for panel in panels_of(dashboard)
        if panel["datasource"]["type"] == PROMETHEUS_SOURCE.plugin
    }


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", "http://host/?a=1"])
def test_an_address_that_is_none_is_refused(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dashboards", "--into", str(tmp_path), "--page-url", url]) == 2
    assert "--page-url" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    assert main(["dashboards", "--into", str(tmp_path / "taken")]) == 2
    assert "--into" in capsys.readouterr().err


def test_provisioning_names_the_sources_and_holds_no_secret() -> None:
    yaml = YAML(typ="safe")
    both = yaml.load(f"{DATASOURCES}{SQL_DATASOURCE}")
    sources = {one["uid"]: one for one in both["datasources"]}
    assert {uid: one["type"] for uid, one in sources.items()} == {
        one.uid: one.plugin for one in (PROMETHEUS_SOURCE, SQL_SOURCE)
    }
    secrets = sources[SQL_SOURCE.uid]["secureJsonData"]
    assert secrets == {"password": "$GRAFANA_TIMESCALEDB_PASSWORD"}
    [provider] = yaml.load(PROVIDERS)["providers"]
    assert provider["options"]["path"] == "$GRAFANA_BOUCLE_DASHBOARDS"


def test_panels_stand_in_the_order_of_their_description() -> None:
    for dashboard in WRITTEN.values():
        places = [(p["gridPos"]["y"], p["gridPos"]["x"]) for p in panels_of(dashboard)]
        assert all(before < after for before, after in pairwise(places))
