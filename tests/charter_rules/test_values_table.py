"""The README tells each value as the files have it, and each value can be traced."""

import re

from charter_rules.findings import LegalStatus, Severity, Verification
from charter_rules.law.loader import load_library
from tests.charter_rules.values_table import README, table, with_table

LIBRARY = load_library()
PARAMETERS = {name: sheet.shape for name, sheet in LIBRARY.parameters.sheets.items()}
RULES = {name: sheet.shape for name, sheet in LIBRARY.rules.sheets.items()}


def test_the_table_is_that_of_the_files() -> None:
    text = README.read_text(encoding="utf-8")

    assert text == with_table(text), "run python -m tests.charter_rules.values_table"
    assert table().count("\n") == 2 + sum(len(one.values) for one in PARAMETERS.values())


def test_every_parameter_belongs_to_a_rule() -> None:
    named = {name for rule in RULES.values() for name in rule.condition.parameters}

    assert set(PARAMETERS) == named


def test_a_link_is_to_a_dated_article_an_official_journal_or_a_page_that_was_read() -> None:
    """Légifrance: an article, an order or a page of the Journal officiel; EUR-Lex: an ELI."""
    legifrance = re.compile(
        r"https://www\.legifrance\.gouv\.fr/"
        r"(codes/article_lc/LEGIARTI\d{12}|jorf/article_jo/JORFARTI\d{12}"
        r"|jorf/id/JORFTEXT\d{12}|loda/id/LEGITEXT\d{12})"
    )
    eli = re.compile(r"https://eur-lex\.europa\.eu/eli/(dir|reg_del)/\d{4}/\d+/oj")
    for shape in PARAMETERS.values():
        for entry in shape.values.values():
            url = entry.reference.url or ""
            if "legifrance" in url:
                assert legifrance.fullmatch(url), url
            elif "europa.eu" in url:
                assert eli.fullmatch(url), url


def test_a_law_without_a_link_says_so() -> None:
    law = {LegalStatus.FR_LAW, LegalStatus.EU_LAW}
    for shape in PARAMETERS.values():
        without = [one for one in shape.values.values() if one.reference.url is None]
        if shape.legal_status in law and without:
            assert re.search(r"\b[Ll]ink\b|no link", shape.notes), shape.id


def test_no_reading_is_said_to_be_that_of_a_person() -> None:
    """Who read a figure is not told; which copy was read is."""
    for shape in PARAMETERS.values():
        told = f"{shape.notes} {[one.compared_with for one in shape.values.values()]}"
        assert not re.search(r"review(ed)? by|checked by|relu par|lawyer|juriste", told), shape.id


def test_what_binds_was_read_or_is_marked() -> None:
    """An obligation whose figure was not read gives no breach, and its row is marked."""
    rows = table().splitlines()
    for rule in RULES.values():
        if rule.severity is not Severity.OBLIGATION:
            continue
        for name in rule.condition.parameters:
            for entry in PARAMETERS[name].values.values():
                read = entry.verification is Verification.READ_IN_SOURCE
                row = next(line for line in rows if f"`{name}`" in line)
                assert read or "⚠" in row
