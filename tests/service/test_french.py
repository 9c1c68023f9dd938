"""French as it is printed: its apostrophe in every catalogue and every file of the law."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import pytest

from charter_rules.consolidated.words import FRENCH_SHOW
from charter_rules.law.loader import SHIPPED_FOLDER
from models.kpi.words_fr import FRENCH as KPI_FRENCH
from models.located_yaml import load_located
from models.trouble.words_fr import FRENCH as TROUBLE_FRENCH
from service.alerts.wording import catalogue as alert_words
from service.charter_tools.words import COMPARE_WORDS, EXPLAIN_WORDS, HISTORY_WORDS
from service.evidence.text.fr import FRENCH as EVIDENCE_FRENCH
from service.pages.text import TEXTS

STRAIGHT = re.compile(r"\w'\w")
CATALOGUES = {
    "charter": FRENCH_SHOW,
    "kpis": KPI_FRENCH,
    "troubles": TROUBLE_FRENCH,
    "evidence": EVIDENCE_FRENCH,
    "pages": TEXTS["fr"],
    "alerts": alert_words("fr"),
    "commands": (COMPARE_WORDS["fr"], EXPLAIN_WORDS["fr"], HISTORY_WORDS["fr"]),
}


# Before a sign of two parts and inside quotation marks a space that does not break.
BREAKING = re.compile(r" [;?!:»]|« ")


def texts(catalogue: object) -> Iterator[str]:
    """Every sentence in a catalogue, whatever its shape."""
    if isinstance(catalogue, str):
        yield catalogue
    elif isinstance(catalogue, Mapping):
        for one in catalogue.values():
            yield from texts(one)
    elif isinstance(catalogue, tuple | list):
        for one in catalogue:
            yield from texts(one)
    elif is_dataclass(catalogue) and not isinstance(catalogue, type):
        for field in fields(catalogue):
            yield from texts(getattr(catalogue, field.name))


def french_fields(data: object, name: str = "") -> Iterator[str]:
    """What a file of the law says in French; the names of texts are, unless they say otherwise."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from french_fields(value, str(key))
    elif isinstance(data, list):
        for one in data:
            yield from french_fields(one, name)
    elif isinstance(data, str) and (name.endswith("_fr") or name in {"title", "article"}):
        yield data


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_catalogue_has_no_straight_apostrophe(name: str) -> None:
    found = list(texts(CATALOGUES[name]))

    assert len(found) > 10
    assert [text for text in found if STRAIGHT.search(text)] == []


def test_no_line_of_an_alert_breaks_before_its_sign() -> None:
    assert [text for text in texts(CATALOGUES["alerts"]) if BREAKING.search(text)] == []


def test_the_files_of_the_law_have_no_straight_apostrophe() -> None:
    wrong, seen = [], 0
    for path in sorted(SHIPPED_FOLDER.glob("*/*.yaml")):
        for text in french_fields(load_located(path.read_text(encoding="utf-8"), path.name).data):
            seen += 1
            if STRAIGHT.search(text):
                wrong.append(f"{path.name}: {text}")
    assert seen > 500
    assert wrong == []
