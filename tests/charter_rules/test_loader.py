"""A charter on disk: all its mistakes at once, each with its line and remedy."""

import re
import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path

import pytest

from charter_rules.errors import RuleBookError
from charter_rules.judging.conditions import FixedGuardBand
from charter_rules.loader import SHIPPED_FOLDER, load_rulebook
from charter_rules.rulebook import RuleBook

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
    ("rules/heat_fr_l236_2.yaml", "version: ", "version: 0 #", "version: 0", "greater than"),
    ("rules/erf_proposal.yaml", "axis: heat", "axis: warmth", "warmth", "use one of 'energy'"),
    ("rules/noise_csp_day.yaml", "title_en: ", "title_en: '' # ", "title_en", "is empty"),
    (
        "rules/pue_cndcp_existing.yaml",
        "kpi: pue",
        "kpi: puee",
        "kpi: puee",
        "'puee' is not a KPI; use one of pue,",
    ),
    (
        "rules/noise_csp_night.yaml",
        "parameter: fr_csp",
        "parameter: fr_cps",
        "condition",
        "is not a parameter; write parameters/fr_cps_emergence_night.yaml",
    ),
    (
        "parameters/proposal_wue.yaml",
        "unit: L/kWh",
        "unit: dB(A)",
        "unit: dB(A)",
        "does not convert to L/kWh: use one of L/kWh, m3/MWh",
    ),
    (
        "parameters/de_enefg_pue_existing.yaml",
        "2030-07-01:",
        "2026-07-01:",
        "2026-07-01:",
        "write the dates in order",
    ),
    (
        "parameters/fr_csp_emergence_day.yaml",
        "published_on: 2017-08-09",
        "published_on: 2017-08-11",
        "published_on",
        "is after the day in force, 2017-08-10",
    ),
    (
        "parameters/fr_waste_heat_min_share.yaml",
        "    absent: not_published\n",
        "",
        "value: null",
        "is null without a reason",
    ),
    (
        "parameters/blue_angel_pue_2015_2018.yaml",
        "article: PUE, ",
        "artikle: PUE, ",
        "reference:",
        "artikle: is not a field of this file; remove it",
    ),
    (
        "parameters/cndcp_pue_existing.yaml",
        "last_reviewed: 2026-11-20",
        "last_reviewed: 2026-11-31",
        "last_reviewed",
        "not a",
    ),
    ("charters/paris.yaml", "- erf_proposal", "- erf_propsal", "erf_propsal", "is not a rule"),
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
        ("rules/wue_proposal.yaml", "name: 12months", "name: last_day", "use one of 15min"),
        ("rules/wue_proposal.yaml", "id: wue_proposal", "id: other", "the same name"),
        ("rules/wue_proposal.yaml", "min_coverage: 0.95", "min_coverage: 95", "min_coverage"),
        ("rules/wue_proposal.yaml", "kpi: wue\n", "kpi: [\n", "the rest of the file was not read"),
        ("rules/wue_proposal.yaml", "{type: expanded_uncertainty}", "{type: none}", "unknown type"),
        ("rules/noise_csp_day.yaml", "width: 2", "width: -2", "guard_band.width"),
        (
            "rules/erf_de_enefg_2026.yaml",
            "entry_into_operation_before: 2027-07-01",
            "entry_into_operation_before: 2026-07-01",
            "no site can match",
        ),
        ("charters/paris.yaml", "- erf_proposal", "- wue_proposal", "is named twice"),
        (
            "parameters/proposal_wue.yaml",
            "    retroactive: true\n",
            "    absent: repealed\n    retroactive: true\n",
            "stands beside a value",
        ),
        (
            "parameters/proposal_wue.yaml",
            "    retroactive: true\n",
            "",
            "say 'retroactive: true'",
        ),
        ("parameters/proposal_wue.yaml", "2026-01-01:", "2026-13-01:", "write a day as YYYY-MM-DD"),
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
    edit("parameters/fr_csp_emergence_day.yaml", "on: 2017-08-09", "on: 2017-08-10")

    assert load_rulebook(folder).rules


def test_a_fixed_band_is_in_the_unit_of_its_text(folder: Path, edit: Edit) -> None:
    band = "{type: fixed, width: 2, strict: false, reason_fr: r, reason_en: r}"
    edit("rules/erf_proposal.yaml", "{type: expanded_uncertainty}", band)

    (rule,) = (one for one in load_rulebook(folder).rules if one.id == "erf_proposal")

    assert isinstance(rule.guard_band, FixedGuardBand)
    assert rule.guard_band.width == Decimal("0.02")


def test_an_unknown_charter_names_the_known_ones(folder: Path) -> None:
    with pytest.raises(RuleBookError, match=r"use one of: ashrae, .*paris"):
        load_rulebook(folder, "lyon")


def test_a_rule_book_cannot_be_changed(rulebook: RuleBook) -> None:
    with pytest.raises(FrozenInstanceError):
        rulebook.rules[0].version = 2  # type: ignore[misc]
