"""The facts of a site file: what the charter asks of a site apart from its measurements."""

from pathlib import Path

from charter_rules.facts import SiteFacts
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from service.site.facts import facts_of
from service.site.loader import parse_site

SHIPPED = Path(__file__).parents[3] / "deploy" / "sites" / "chapelle-international.yaml"
PROFILES = load_profiles(SHIPPED_PROFILES)


def facts_with(line: str, more: str) -> SiteFacts:
    """The facts of the shipped site with something written after a line of its file."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert f"\n{line}\n" in text
    text = text.replace(f"\n{line}\n", f"\n{line}\n{more}\n", 1)
    return facts_of(parse_site(text, "site.yaml", PROFILES).site)


INSPECTION = """\
  inspections:
    - kpi: noise_emergence_night
      measured_on: 2026-11-10
      value: 6.0
      expanded_uncertainty: 1.5
      level_dba: 28.0
      {more}document: report of 10 November
"""


def test_an_inspection_is_outdoors_unless_it_says_that_it_was_made_in_a_dwelling() -> None:
    (outdoors,) = facts_with("declared:", INSPECTION.format(more="")).inspections
    (inside,) = facts_with("declared:", INSPECTION.format(more="indoors: true\n      ")).inspections

    assert (outdoors.indoors, inside.indoors) == (False, True)
    assert outdoors.level_dba == inside.level_dba == 28.0
