"""A charter on disk: all its mistakes at once, each with its line and remedy."""

import re
import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path

import pytest

from charter_rules.errors import RuleBookError
from charter_rules.judging.conditions import TextReserve
from charter_rules.law.loader import SHIPPED_FOLDER, load_rulebook
from charter_rules.law.rulebook import RuleBook

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "charter"
    copy.mkdir()
    for part in ("parameters", "rules", "charters"):
        shutil.copytree(SHIPPED_FOLDER / part, copy / part)
    return copy


@pytest.fixture
def edit(folder: Path) -> Edit:
    def change(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def line_of(folder: Path, name: str, part: str) -> int:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if part in line)


# file, text to replace, mistake, text on the line that is named, part of the message
MISTAKES = [
    ("rules/fr_heat_share.yaml", "version: ", "version: 0 #", "version: 0", "greater than"),
    ("rules/paris_erf.yaml", "axis: heat", "axis: warmth", "warmth", "use one of 'energy'"),
    ("rules/csp_noise_day.yaml", "title_en: ", "title_en: '' # ", "title_en", "is empty"),
    (
        "rules/cndcp_pue_existing.yaml",
        "kpi: pue",
        "kpi: puee",
        "kpi: puee",
        "'puee' is not a KPI; use one of pue,",
    ),
    (
        "rules/csp_noise_night.yaml",
        "parameter: csp",
        "parameter: cps",
        "condition",
        "is not a parameter; write parameters/cps_noise_night.yaml",
    ),
    (
        "parameters/paris_wue.yaml",
        "unit: L/kWh",
        "unit: dB(A)",
        "unit: dB(A)",
        "does not convert to L/kWh: use one of L/kWh, m3/MWh",
    ),
    (
        "parameters/enefg_pue_existing.yaml",
        "2030-07-01:",
        "2026-07-01:",
        "2026-07-01:",
        "write the dates in order",
    ),
    (
        "parameters/csp_noise_day.yaml",
        "published_on: 2017-08-09",
        "published_on: 2017-08-11",
        "published_on",
        "is after the day in force, 2017-08-10",
    ),
    (
        "parameters/fr_heat_share.yaml",
        "    absent: not_published\n",
        "",
        "value: null",
        "is null without a reason",
    ),
    (
        "parameters/blue_angel_pue_2015_2018.yaml",
        'article: "PUE"',
        'artikle: "PUE"',
        "artikle:",
        "artikle: is not a field of this file; remove it",
    ),
    (
        "parameters/cndcp_pue_existing.yaml",
        "last_reviewed: 2026-11-28",
        "last_reviewed: 2026-11-31",
        "last_reviewed",
        "not a",
    ),
    ("charters/paris.yaml", "- paris_erf", "- erf_propsal", "erf_propsal", "is not a rule"),
    (
        "charters/paris.yaml",
        "timezone: Europe/Paris",
        "timezone: Europe/Lutece",
        "timezone",
        "use a name such as Europe/Paris",
    ),
]


def test_a_bad_charter_tells_every_mistake_with_its_line(folder: Path, edit: Edit) -> None:
    for name, old, new, *_ in MISTAKES:
        edit(name, old, new)

    with pytest.raises(RuleBookError) as caught:
        load_rulebook(folder)

    told = [str(problem) for problem in caught.value.problems]
    for name, _, _, place, message in MISTAKES:
        start = f"charter/{name}:{line_of(folder, name, place)}: "
        assert [one for one in told if one.startswith(start) and message in one], (start, told)
    # The misspelt field of a reference is told twice: as unknown, and as missing.
    assert len(told) == len(MISTAKES) + 1
    assert all(re.fullmatch(r"charter/\S+\.yaml:\d+: .+; .+", one) for one in told)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("rules/paris_wue.yaml", "name: 12months", "name: last_day", "use one of 15min"),
        ("rules/paris_wue.yaml", "id: paris_wue", "id: other", "the same name"),
        ("rules/paris_wue.yaml", "min_coverage: 0.95", "min_coverage: 95", "min_coverage"),
        ("rules/paris_wue.yaml", "kpi: wue\n", "kpi: [\n", "the rest of the file was not read"),
        ("rules/paris_wue.yaml", "{type: expanded_uncertainty}", "{type: none}", "unknown type"),
        ("rules/icpe_noise_day_45.yaml", "width: 2", "width: -2", "guard_band.width"),
        (
            "rules/enefg_erf_2026.yaml",
            "entry_into_operation_before: 2027-07-01",
            "entry_into_operation_before: 2026-07-01",
            "no site can match",
        ),
        ("charters/paris.yaml", "- paris_erf", "- paris_wue", "is named twice"),
        (
            "rules/paris_wue.yaml",
            "parameter: paris_wue",
            "parameter: cndcp_wue_new",
            "name it paris_wue, as its rule",
        ),
        (
            "parameters/paris_wue.yaml",
            "    retroactive: true\n",
            "    absent: repealed\n    retroactive: true\n",
            "stands beside a value",
        ),
        (
            "parameters/paris_wue.yaml",
            "    retroactive: true\n",
            "",
            "say 'retroactive: true'",
        ),
        ("parameters/paris_wue.yaml", "2026-01-01:", "2026-13-01:", "write a day as YYYY-MM-DD"),
    ],
)
def test_each_check_has_its_message(
    edit: Edit, folder: Path, name: str, old: str, new: str, message: str
) -> None:
    edit(name, old, new)

    with pytest.raises(RuleBookError) as caught:
        load_rulebook(folder)

    (problem,) = caught.value.problems
    assert message in str(problem)


def test_a_figure_may_hold_from_the_day_it_is_published(folder: Path, edit: Edit) -> None:
    edit("parameters/csp_noise_day.yaml", "on: 2017-08-09", "on: 2017-08-10")

    assert load_rulebook(folder).rules


def test_a_reserve_is_in_the_unit_of_its_text(folder: Path, edit: Edit) -> None:
    band = "{type: reserve, width: 2, strict: false, reason_fr: r, reason_en: r}"
    edit("rules/paris_erf.yaml", "{type: expanded_uncertainty}", band)

    (rule,) = (one for one in load_rulebook(folder).rules if one.id == "paris_erf")

    assert isinstance(rule.guard_band, TextReserve)
    assert rule.guard_band.width == Decimal("0.02")


def test_an_unknown_charter_names_the_known_ones(folder: Path) -> None:
    with pytest.raises(RuleBookError, match=r"use one of: ashrae, .*paris"):
        load_rulebook(folder, "lyon")


def test_a_rule_book_cannot_be_changed(rulebook: RuleBook) -> None:
    with pytest.raises(FrozenInstanceError):
        rulebook.rules[0].version = 2  # type: ignore[misc]
