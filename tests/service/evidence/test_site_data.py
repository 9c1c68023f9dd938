"""A site as data: what a pack holds of it gives the same facts again."""

from datetime import date
from pathlib import Path

import pytest

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.located_yaml import load_located
from service.evidence.canonical import canonical
from service.evidence.reading import parse_json
from service.evidence.report import PartError
from service.evidence.site_data import site_from, site_parts
from service.site.schema import SiteFile

SHIPPED = Path(__file__).parents[3] / "deploy" / "sites" / "chapelle-international.yaml"
PROFILES = load_profiles(SHIPPED_PROFILES)
CHANGES = """\
  changes:
    - {day: 2026-06-01, installed_it_power_kw: 600, icpe_regime: declaration}
    - {day: 2026-09-01, zone: paris_19, operator: Another body}
  charter: paris
"""


def test_dated_facts_go_into_a_pack_and_come_back_as_they_were() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace("  charter: paris\n", CHANGES, 1)
    site_file = SiteFile.model_validate(load_located(text, "site.yaml").data)

    site_facts, meters = (
        parse_json(canonical(part), "part") for part in site_parts(site_file, PROFILES)
    )
    _, facts = site_from(site_facts, meters)

    assert [change.day for change in facts.changes] == [date(2026, 6, 1), date(2026, 9, 1)]
    assert facts.on(date(2026, 5, 31)).installed_it_power_kw == 420.0
    assert facts.on(date(2026, 9, 1)).installed_it_power_kw == 600.0
    assert facts.on(date(2026, 9, 1)).zone == "paris_19"
    # What a change left out is no change of the pack either.
    assert [dict(change.values).keys() for change in facts.changes] == [
        {"icpe_regime", "installed_it_power_kw"},
        {"zone"},
    ]

    site_facts["facts"]["changes"][0]["day"] = "2026-08-01"
    with pytest.raises(PartError, match="facts do not follow"):
        site_from(site_facts, meters)
