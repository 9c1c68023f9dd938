"""A file of facts: what became otherwise on a day, and what cannot be written."""

from datetime import date
from pathlib import Path

import pytest

from charter_rules.facts import NoiseRegime
from models.located_yaml import load_located
from service.charter_tools.facts_file import facts_from
from service.site.errors import SiteFileError

TEXT = """\
entry_into_operation: 2018-06-01
installed_it_power_kw: 420
public_operator: false
noise_regime: csp
rated_connection_kw: 900
changes:
  - {day: 2026-06-01, installed_it_power_kw: 600, rated_connection_kw: null}
  - {day: 2026-09-01, noise_regime: icpe, icpe_regime: declaration}
"""
PATH = Path("facts.yaml")


def test_facts_are_those_of_the_day() -> None:
    facts = facts_from(load_located(TEXT, str(PATH)), PATH)

    first, grown, classified = (
        facts.on(day) for day in (date(2026, 5, 31), date(2026, 6, 1), date(2026, 9, 1))
    )
    assert (first.installed_it_power_kw, first.rated_connection_kw) == (420.0, 900.0)
    assert (grown.installed_it_power_kw, grown.rated_connection_kw) == (600.0, None)
    assert grown.noise_regime is NoiseRegime.CSP
    assert classified.noise_regime is NoiseRegime.ICPE
    assert classified.installed_it_power_kw == 600.0
    assert classified.entry_into_operation == date(2018, 6, 1)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("installed_it_power_kw: null", "changes.0.installed_it_power_kw"),
        ("entry_into_operation: 2020-01-01", "changes.0.entry_into_operation"),
        ("zone: a}\n  - {day: 2026-07-01}\n  - {day: 2026-08-01", "changes.1: says nothing"),
        ("zone: a}\n  - {day: 2026-06-01, zone: b", "changes: 2026-06-01 is there twice"),
    ],
)
def test_what_is_always_known_and_what_never_changes_is_refused(written: str, place: str) -> None:
    text = TEXT.replace("installed_it_power_kw: 600", written)

    with pytest.raises(SiteFileError, match=place.replace(".", r"\.")):
        facts_from(load_located(text, str(PATH)), PATH)
