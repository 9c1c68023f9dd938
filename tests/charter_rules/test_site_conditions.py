"""Conditions on a site: what is known of it, and the words for it in both languages."""

from dataclasses import replace
from datetime import UTC, date

import pytest

from charter_rules.cases.book import REFERENCE_SITE, Case, load_casebook, outcome_of
from charter_rules.consolidated.words import SHOW_WORDS, concerns
from charter_rules.judging.applicability import (
    CoolingBefore,
    CoolingFrom,
    CreatedOrModifiedFrom,
    InZone,
    MinRatedConnection,
    MinSiretItPower,
    SiteCondition,
    VitalOrDefence,
    holds,
)
from charter_rules.wording.conclusion import what_is_missing
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.explanation import explain
from charter_rules.wording.french import FRENCH

BOOK = load_casebook()
DAY = date(2025, 10, 1)


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (MinSiretItPower(500), {"installed_it_power_kw": 500.0}, True),
        (MinSiretItPower(500), {"installed_it_power_kw": 499.0}, None),
        (MinSiretItPower(500), {"installed_it_power_kw": 1.0, "siret_it_power_kw": 500.0}, True),
        (MinSiretItPower(500), {"installed_it_power_kw": 1.0, "siret_it_power_kw": 499.0}, False),
        (MinRatedConnection(300), {"installed_it_power_kw": 300.0}, True),
        (MinRatedConnection(300), {"installed_it_power_kw": 20.0}, None),
        (
            MinRatedConnection(300),
            {"installed_it_power_kw": 20.0, "rated_connection_kw": 299.9},
            False,
        ),
        (CreatedOrModifiedFrom(DAY), {"entry_into_operation": DAY}, True),
        (CreatedOrModifiedFrom(DAY), {}, None),
        (CreatedOrModifiedFrom(DAY), {"major_modification_on": DAY}, True),
        (CreatedOrModifiedFrom(DAY), {"major_modification_on": date(2025, 9, 30)}, False),
        (CoolingFrom(DAY), {}, None),
        (CoolingFrom(DAY), {"cooling_in_operation": DAY}, True),
        (CoolingBefore(DAY), {"cooling_in_operation": DAY}, False),
        (CoolingBefore(DAY), {}, None),
        (InZone(("zone_dense",)), {"zone": "zone_dense"}, True),
        (InZone(("zone_dense",)), {"zone": "zone_outer"}, False),
        (InZone(("zone_dense",)), {"zone": None}, None),
        # An exemption is claimed: without a word there is none.
        (VitalOrDefence(False), {}, True),
        (VitalOrDefence(False), {"vital_or_defence": True}, False),
    ],
)
def test_what_is_not_known_is_neither_yes_nor_no(
    condition: SiteCondition, facts: dict[str, object], expected: bool | None
) -> None:
    assert holds(condition, replace(REFERENCE_SITE, **facts)) is expected  # type: ignore[arg-type]  # of any type


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: case.name)
def test_every_case_can_be_told(case: Case) -> None:
    outcome = outcome_of(case)
    for wording in (FRENCH, ENGLISH):
        told = explain(outcome, wording, UTC) + what_is_missing(outcome, wording)
        assert "{" not in told
        assert "None" not in told


@pytest.mark.parametrize("language", ["fr", "en"])
def test_whom_a_rule_concerns_is_told(language: str) -> None:
    words = SHOW_WORDS[language]
    for rule in BOOK.rules.values():
        assert all(concerns(one, words) for one in rule.applies_when)


def test_a_rule_for_young_sites_says_until_when() -> None:
    case = next(
        one
        for one in BOOK.of("blue_angel_pue_first_year")
        if one.shape.name == "twelve months that began in the second year"
    )
    outcome = outcome_of(case)

    assert outcome.effective.ended == date(2027, 1, 1)
    assert "for this one, until 1 January 2027" in explain(outcome, ENGLISH, UTC)
    assert "pour celui-ci, jusqu’au 1er janvier 2027" in explain(outcome, FRENCH, UTC).replace(
        "\u00a0", " "
    )
