"""Every KPI, and all that is said with a figure, has its words in both languages."""

import re

import pytest

from charter_rules.law.kpis import KPIS as NAMED_BY_RULES
from models.kpi.definition import KpiGroup
from models.kpi.registry import KPIS
from models.kpi.result import DoubtReason, Flag, Withheld
from models.kpi.words import KpiCatalogue
from models.kpi.words_en import ENGLISH
from models.kpi.words_fr import FRENCH
from models.legal_time.periods import CLOSED_PERIODS, RUNNING_PERIODS
from models.metering.boundary import BoundaryFact

CATALOGUES = pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=["fr", "en"])
RANGES = {kpi.end_of for kpi in KPIS.values() if kpi.end_of is not None}
# A straight apostrophe, or two spaces.
CARELESS = re.compile(r"'|  ")


def texts(words: KpiCatalogue) -> list[str]:
    kpis = [text for one in words.kpis.values() for text in (one.label, one.about)]
    windows = [text for one in words.windows.values() for text in (one.heading, one.over)]
    rest = (words.groups, words.withheld, words.flags, words.doubts, words.boundary_facts)
    return [*kpis, *windows, *(text for one in rest for text in one.values())]


@CATALOGUES
def test_a_catalogue_has_the_words_of_all_and_of_nothing_else(words: KpiCatalogue) -> None:
    assert set(words.kpis) == set(KPIS) | RANGES
    assert set(words.groups) == set(KpiGroup)
    assert set(words.withheld) == set(Withheld)
    assert set(words.flags) == set(Flag)
    assert set(words.doubts) == set(DoubtReason)
    assert set(words.boundary_facts) == set(BoundaryFact)


@CATALOGUES
def test_every_period_that_is_named_anywhere_has_its_words(words: KpiCatalogue) -> None:
    of_rules = {window for spec in NAMED_BY_RULES.values() for window in spec.windows}

    assert set(words.windows) == {*of_rules, *RUNNING_PERIODS, *CLOSED_PERIODS}


@CATALOGUES
def test_words_are_there_and_typed_with_care(words: KpiCatalogue) -> None:
    for text in texts(words):
        assert text == text.strip() != ""
        assert CARELESS.search(text) is None, text


@CATALOGUES
def test_no_two_kpis_share_a_label(words: KpiCatalogue) -> None:
    labels = [one.label for one in words.kpis.values()]

    assert len(set(labels)) == len(labels)


def test_the_languages_say_different_things_where_words_differ() -> None:
    same = {one for one in KPIS if FRENCH.kpis[one] == ENGLISH.kpis[one]}

    assert same == set()


def test_two_ends_of_a_range_stand_together_and_in_order() -> None:
    for row in RANGES:
        assert [kpi.id for kpi in KPIS.values() if kpi.end_of == row] == [
            f"{row}_low",
            f"{row}_high",
        ]


def test_a_period_that_is_written_out_speaks_for_itself() -> None:
    assert ENGLISH.over("2025-Q3") == "2025-Q3"
    assert FRENCH.over("previous_quarter") == "le trimestre précédent"
