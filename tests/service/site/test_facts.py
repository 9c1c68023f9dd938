"""The facts of a site file: what the charter asks of a site apart from its measurements."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from charter_rules.facts import IcpeRegime, NoiseRegime, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.law.loader import load_rulebook
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.site.site import Site
from service.evaluation.verdicts import SiteVerdicts
from service.evaluation.views import site_view
from service.site.errors import SiteFileError
from service.site.facts import facts_of
from service.site.loader import parse_site

SHIPPED = Path(__file__).parents[3] / "deploy" / "sites" / "chapelle-international.yaml"
PROFILES = load_profiles(SHIPPED_PROFILES)


def written(line: str, more: str) -> str:
    """The shipped file with something written after one of its lines."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert f"\n{line}\n" in text
    return text.replace(f"\n{line}\n", f"\n{line}\n{more}\n", 1)


def site_with(line: str, more: str) -> Site:
    return parse_site(written(line, more), "site.yaml", PROFILES).site


def facts_with(line: str, more: str) -> SiteFacts:
    return facts_of(site_with(line, more))


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


# The line after which the identity goes on.
ZONE = "  zone: paris_18"
CHANGES = """\
  changes:
    - {day: 2026-09-01, noise_regime: icpe, icpe_regime: declaration}
    - {day: 2026-06-01, installed_it_power_kw: 600, siret_it_power_kw: null, ai_share: 0.5}
    - {day: 2026-06-15, operator: Another body, public_operator: false, zone: paris_19}
    - {day: 2026-07-01, operator: A third body}"""


def test_facts_of_a_site_file_are_those_of_the_day() -> None:
    facts = facts_with(ZONE, CHANGES)

    before, grown, handed_over, classified = (
        facts.on(day)
        for day in (date(2026, 5, 31), date(2026, 6, 1), date(2026, 7, 1), date(2026, 9, 1))
    )
    assert before.installed_it_power_kw == 420.0
    assert (before.siret_it_power_kw, before.ai_share_ratio) == (420.0, 0.14)
    assert grown.installed_it_power_kw == 600.0
    assert (grown.siret_it_power_kw, grown.ai_share_ratio) == (None, 0.5)
    assert (grown.public_operator, grown.zone) == (True, "paris_18")
    assert (handed_over.public_operator, handed_over.zone) == (False, "paris_19")
    assert handed_over.noise_regime is NoiseRegime.CSP
    assert classified.noise_regime is NoiseRegime.ICPE
    assert classified.icpe_regime is IcpeRegime.DECLARATION
    # The name of an operator decides no rule.
    assert [change.day.month for change in facts.changes] == [9, 6, 6]


def test_the_evaluation_judges_a_day_by_the_facts_of_that_day() -> None:
    verdicts = SiteVerdicts(load_rulebook(charter="paris"), facts_with(ZONE, CHANGES))

    found = {
        day: {one.rule_id: one.verdict for one in verdicts.on(day, {}, None)}["csp_noise_night"]
        for day in (date(2026, 8, 31), date(2026, 9, 1))
    }
    assert list(found.values()) == [Verdict.INSUFFICIENT_DATA, Verdict.NOT_APPLICABLE]


def test_the_page_names_who_operates_the_site_now() -> None:
    site = site_with(ZONE, CHANGES)

    # Midnight of 1 July in Paris is at 22:00 UTC.
    shown = [site_view(site, datetime(2026, 6, 30, hour, tzinfo=UTC)) for hour in (21, 22)]

    assert [one.operator for one in shown] == ["Another body", "A third body"]
    assert {(one.zone, one.installed_it_power_kw) for one in shown} == {("paris_19", 600.0)}


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ("{day: 2026-06-01}", "site.changes.1", "says nothing beside its day"),
        ("{zone: paris_19}", "site.changes.1.day", "is missing"),
        ("{day: in June, zone: a}", "site.changes.1.day", "date"),
        ("{day: 2026-06-01, zone: null}", "site.changes.1.zone", "valid string"),
        ("{day: 2026-06-01, floor_area_m2: 0}", "site.changes.1.floor_area_m2", "greater than 0"),
        ("{day: 2026-06-01, instaled_it_power_kw: 600}", "site.changes.1", "installed_it_power_kw"),
        (
            "{day: 2026-06-01, entry_into_operation: 2020-01-01}",
            "site.changes.1.entry_into_operation",
            "is not a field here",
        ),
        ("{day: 2026-05-01, zone: paris_20}", "site.changes", "2026-05-01 is there twice"),
    ],
)
def test_a_change_that_cannot_be_is_refused_where_it_stands(
    change: str, field: str, message: str
) -> None:
    text = written(ZONE, f"  changes:\n    - {{day: 2026-05-01, zone: paris_17}}\n    - {change}")

    with pytest.raises(SiteFileError) as refused:
        parse_site(text, "site.yaml", PROFILES)

    (problem,) = refused.value.problems
    assert field in problem.field
    assert message in problem.message
    lines = text.splitlines()
    assert problem.line in {lines.index(f"    - {change}") + 1, lines.index("  changes:") + 1}
