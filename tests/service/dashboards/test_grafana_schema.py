"""Every dashboard is what Grafana's own types say a dashboard is."""

import copy
from typing import Any

import pytest

from tests.service.dashboards.grafana_types import SQL_TARGET, GrafanaTypes
from tests.service.dashboards.written import WRITTEN, panels_of


@pytest.fixture(scope="module")
def grafana() -> GrafanaTypes:
    return GrafanaTypes()


def known_part(dashboard: dict[str, Any]) -> dict[str, Any]:
    """The dashboard without the queries of marks, which are their data source's affair."""
    made = copy.deepcopy(dashboard)
    for mark in made["annotations"]["list"]:
        assert mark.pop("target").keys() == SQL_TARGET
    return made


@pytest.mark.parametrize("uid_lang", WRITTEN, ids="-".join)
def test_a_dashboard_keeps_grafanas_types(uid_lang: tuple[str, str], grafana: GrafanaTypes) -> None:
    assert grafana.faults(known_part(WRITTEN[uid_lang])) == []


@pytest.mark.parametrize("uid_lang", WRITTEN, ids="-".join)
def test_a_unit_is_one_of_grafanas(uid_lang: tuple[str, str], grafana: GrafanaTypes) -> None:
    for panel in panels_of(WRITTEN[uid_lang]):
        config = panel["fieldConfig"]
        used = {config["defaults"]["unit"]} | {
            one["value"]
            for override in config["overrides"]
            for one in override["properties"]
            if one["id"] == "unit"
        }
        assert {one for one in used if not one.startswith("suffix: ")} <= grafana.units


@pytest.mark.parametrize("uid_lang", WRITTEN, ids="-".join)
def test_an_overridden_property_is_one_of_its_panel(
    uid_lang: tuple[str, str], grafana: GrafanaTypes
) -> None:
    for panel in panels_of(WRITTEN[uid_lang]):
        assert list(grafana.override_faults(panel)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("custom.lineStyel", {}), ("custom.lineWidth", "1"), ("displayname", "x"), ("unit", 1)],
)
def test_a_property_that_is_none_is_noticed(
    name: str, value: object, grafana: GrafanaTypes
) -> None:
    override = {"matcher": {}, "properties": [{"id": name, "value": value}]}
    panel = {"type": "timeseries", "title": "t", "fieldConfig": {"overrides": [override]}}
    assert list(grafana.override_faults(panel))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("panels", 1, "titel"), "misspelt"),
        (("panels", 1, "gridPos", "w"), "6"),
        (("panels", 1, "options", "colourMode"), "value"),
        (("panels", 1, "targets", 0, "expression"), "up"),
        (("panels", 1, "fieldConfig", "defaults", "unit"), 7),
        (("templating", "list", 0, "multiple"), True),
        (("time", "from"), 5),
        (("graphTooltip",), 9),
    ],
)
def test_what_is_not_grafanas_is_noticed(
    place: tuple[str | int, ...], value: object, grafana: GrafanaTypes
) -> None:
    spoilt: Any = known_part(WRITTEN["boucle-operator", "en"])
    inner = spoilt
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert grafana.faults(spoilt)


def test_a_query_of_the_database_has_the_fields_of_its_data_source() -> None:
    """The SDK has no types for it: its few fields are named here."""
    seen = 0
    for dashboard in WRITTEN.values():
        for panel in panels_of(dashboard):
            for target in panel["targets"]:
                if "rawSql" in target:
                    seen += 1
                    assert target.keys() == SQL_TARGET
                    wanted = "table" if panel["type"] == "table" else "time_series"
                    assert target["format"] == wanted
    assert seen > 0
