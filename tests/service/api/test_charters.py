"""The charters over HTTP: thresholds by day, with the texts they are from."""

from datetime import date

import httpx
import pytest

from charter_rules.law.loader import load_rulebook
from service.version import VERSION
from tests.service.application import application, client_of

pytestmark = pytest.mark.asyncio
PATH = "/api/v1/charters"


async def get(path: str, **parameters: str) -> httpx.Response:
    async with client_of(application()) as client:
        return await client.get(path, params=parameters)


async def test_every_rule_of_every_charter_is_told() -> None:
    charters = (await get(PATH)).json()
    assert {"paris", "ashrae"} <= {one["id"] for one in charters}
    for charter in charters:
        book = load_rulebook(charter=charter["id"])
        assert charter["rules"] == [rule.id for rule in book.rules]
        assert charter["timezone"] == "Europe/Paris"
    rules = (await get(f"{PATH}/paris/rules", on="2026-11-28")).json()
    assert [one["id"] for one in rules] == [one.id for one in load_rulebook().rules]
    for told, rule in zip(rules, load_rulebook().rules, strict=True):
        held = rule.parameter.values.at(date(2026, 11, 28))
        figure = told["threshold"]["in_force"]
        assert (figure is None) == (held is None)
        if figure is not None and held is not None:
            assert figure["value"] == held.value
            assert figure["reference_title"] == held.reference.title
        assert (told["sha256"], told["version"]) == (rule.sha256, rule.version)


async def test_a_threshold_is_that_of_its_day() -> None:
    path = f"{PATH}/enefg_de/rules/enefg_pue_existing"
    figures = (await get(path)).json()["threshold"]["figures"]
    first, second = figures[0], figures[1]
    before, then, later = [
        (await get(path, on=day)).json()["threshold"]
        for day in ("2000-01-01", first["binds_from"], second["binds_from"])
    ]
    assert (before["in_force"], before["coming"]) == (None, first)
    assert (then["in_force"], then["coming"]) == (first, second)
    assert later["in_force"] == second
    assert first["value"] != second["value"]
    assert first["reference_url"].startswith("https://")


async def test_charters_may_be_kept_for_an_hour_and_names_must_be_right() -> None:
    answer = await get(f"{PATH}/paris/rules/paris_wue")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["etag"]
    for path, code in (("/none/rules", "charter"), ("/paris/rules/none", "rule")):
        missing = await get(f"{PATH}{path}")
        assert (missing.status_code, missing.json()["code"]) == (404, f"{code}_not_found")
    wrong = await get(f"{PATH}/paris/rules", on="yesterday")
    assert wrong.status_code == 422


async def test_the_version_is_told() -> None:
    told = (await get("/api/v1/version")).json()
    assert (told["version"], told["api_version"]) == (VERSION, "1")
    assert told["code_version"].startswith(f"{VERSION}+")
