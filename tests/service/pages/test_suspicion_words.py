"""Every suspicion can be said in both languages."""

import pytest

from models.plausibility.suspicion import SuspicionKind
from service.pages.text import TEXTS
from tests.models.plausibility.invented import all_checks, invented


@pytest.mark.parametrize("lang", TEXTS)
def test_every_suspicion_has_its_words_and_its_innocent_reading(lang: str) -> None:
    for kind in SuspicionKind:
        assert f"suspicion_{kind.value}" in TEXTS[lang]
        assert f"suspicion_{kind.value}_else" in TEXTS[lang]
    for found in all_checks(invented(1)):
        for figure in () if found is None else found.figures:
            assert f"suspicion_figure_{figure.name}" in TEXTS[lang]
