"""The page of the charter: what a planner reads, and what an operator contests."""

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from playwright.sync_api import Browser

from charter_rules.breaches.state import Breach, BreachState, Derogation
from charter_rules.findings import Axis, DecisionRule, Severity, Verdict, Verification
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.french import FRENCH
from models.forecast.outlook import ExpectedSide
from models.plausibility.site_checks import SuspicionView
from models.plausibility.suspicion import Figure
from models.readings import Origin
from service.live.snapshot import LiveSnapshot
from service.pages.charter import CharterView
from service.pages.paths import CHARTER_PATHS
from service.pages.routes import Pages
from service.pages.text import TEXTS
from tests.service.pages.sample_snapshot import NOW, sample_snapshot
from tests.service.pages.serving import served

LANGS = ("fr", "en")
BREACHES = (
    Breach(
        id="paris_wue-20261101T000000",
        rule_id="paris_wue",
        rule_version=2,
        state=BreachState.JUSTIFIED,
        began_at=NOW - timedelta(days=80),
        noticed_at=NOW - timedelta(days=20),
        preceded_by=Verdict.COMPLIANT,
        opened_at=NOW - timedelta(days=19),
        last_at=NOW,
        last_verdict=Verdict.BREACH,
        margin=-0.2,
        worst_margin=-0.25,
        unit="L/kWh",
        deadline=date(2027, 1, 1),
        plan="buses neuves",
        derogation=Derogation(ground="L.236-2", until=date(2026, 12, 1), document="lettre"),
    ),
    Breach(
        id="csp_noise_night-20261001T000000",
        rule_id="csp_noise_night",
        rule_version=2,
        state=BreachState.OPEN,
        began_at=NOW - timedelta(days=50),
        noticed_at=NOW - timedelta(days=50),
        opened_at=NOW - timedelta(days=49),
        last_at=NOW,
        last_verdict=Verdict.BREACH,
        margin=-3.0,
        worst_margin=-3.5,
        unit="dB(A)",
        deadline=date(2026, 11, 1),
        deadline_passed=True,
    ),
)


def page_of(snapshot: LiveSnapshot | None, lang: str) -> str:
    return unescape(Pages().charter(snapshot, lang))


@pytest.mark.parametrize("lang", LANGS)
def test_every_verdict_is_told_with_its_margin_its_reason_and_its_source(lang: str) -> None:
    snapshot = sample_snapshot()

    html = page_of(snapshot, lang)

    assert snapshot.findings
    for finding in snapshot.findings:
        title = finding.title_fr if lang == "fr" else finding.title_en
        explanation = finding.explanation_fr if lang == "fr" else finding.explanation_en
        missing = finding.missing_fr if lang == "fr" else finding.missing_en
        assert f'id="rule-{finding.rule_id}"' in html
        text = finding.reference_title if lang == "fr" else finding.reference_title_en
        text = (FRENCH if lang == "fr" else ENGLISH).typeset(text)
        for part in (title, *explanation.split("\n"), text, missing):
            assert part in html
        if finding.margin is not None:
            told = any(one in explanation for one in ("Marge", "Dépassement", "Manque", "Écart"))
            assert told == (lang == "fr")


@pytest.mark.parametrize("lang", LANGS)
def test_the_provenance_of_a_verdict_is_on_the_page(lang: str) -> None:
    html = page_of(sample_snapshot(), lang)

    applying = [
        one
        for one in sample_snapshot().findings
        if one.verdict not in {Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE}
    ]
    assert applying
    for finding in applying:
        version = f"{finding.rule_id}, version {finding.rule_version}"
        hashed = {"fr": "empreinte", "en": "hash"}[lang]
        assert f"{version} ({hashed} {finding.rule_sha256[:12]})" in html


def test_red_is_for_law_that_binds_the_site() -> None:
    snapshot = sample_snapshot()
    reference = next(one for one in snapshot.findings if one.rule_id == "paris_wue")
    binding = replace(
        reference, severity=Severity.OBLIGATION, verification=Verification.READ_IN_SOURCE
    )
    standing = replace(BREACHES[0], state=BreachState.OPEN, derogation=None)
    late = replace(snapshot.forecasts[0], rule=reference.rule_id, expected=ExpectedSide.BROKEN)
    for finding, tone in ((reference, "reference"), (binding, "bad")):
        view = CharterView(
            replace(snapshot, findings=(finding,), breaches=(standing,), forecasts=(late,)), "fr"
        )
        assert [row.chip.tone for row in view.breaches] == [tone]
        assert [one.chip.tone for one in view.expected] == [tone]


def test_the_meters_of_a_verdict_are_named() -> None:
    snapshot = sample_snapshot()
    finding = next(one for one in snapshot.findings if one.rule_id == "paris_wue")
    assert finding.kpi is not None
    device = snapshot.devices[0]
    told = replace(finding, kpi=replace(finding.kpi, inputs=(device.id,)))

    html = page_of(replace(snapshot, findings=(told,)), "fr")

    assert f"<dt>Relevés de</dt><dd>{device.label_fr}</dd>" in html


@pytest.mark.parametrize("lang", LANGS)
def test_the_files_behind_a_verdict_are_named(lang: str) -> None:
    snapshot = sample_snapshot()
    (finding, *others) = (one for one in snapshot.findings if one.kpi is not None)
    assert finding.kpi is not None
    files = ("2026.csv (SHA-256 5cfb1683ff52…)", "2025.csv (SHA-256 e836b778abef…)")
    known = replace(finding, kpi=replace(finding.kpi, origin=Origin.IMPORTED, documents=files))
    known = replace(known, verdict=Verdict.DEVIATION)

    html = page_of(replace(snapshot, findings=(known, *others)), lang)

    assert ", ".join(files) in html


def rows_of(html: str, name: str) -> list[str]:
    """The rows of a table whose id begins so."""
    return re.findall(rf'<tr id="{name}.*?</tr>', html, re.DOTALL)


@pytest.mark.parametrize("lang", LANGS)
def test_breaches_are_told_with_state_deadline_plan_and_derogation(lang: str) -> None:
    html = page_of(replace(sample_snapshot(), breaches=BREACHES), lang)

    words = TEXTS[lang]
    for told in (
        words["breach_justified"],
        words["breach_open"],
        words["breach_late"],
        "buses neuves",
        "L.236-2",
        "/api/v1/sites/chapelle_international/breaches/paris_wue-20261101T000000",
    ):
        assert told in html
    # One began long before it was noticed; of the other nobody knows what was before.
    (older,) = (row for row in rows_of(html, "breach-csp_noise_night"))
    (known,) = (row for row in rows_of(html, "breach-paris_wue"))
    noticed = words["breach_noticed"].partition("{")[0]
    assert noticed in older
    assert noticed in known
    assert words["breach_older"] in older
    assert words["breach_older"] not in known
    # An open breach comes before one that a derogation covers.
    assert html.index("breach-csp_noise_night") < html.index("breach-paris_wue")


@pytest.mark.parametrize("lang", LANGS)
def test_everything_the_charter_can_say_has_its_words(lang: str) -> None:
    wanted = {
        *(f"axis_{axis.value}" for axis in Axis),
        *(f"severity_{one.value}" for one in Severity),
        *(f"decision_{one.value}" for one in DecisionRule),
        *(f"breach_{state.value}" for state in BreachState),
    }

    assert wanted <= set(TEXTS[lang])


SUSPICION = SuspicionView(
    kind="silent_when_hot",
    about=("water_adiabatic",),
    label_fr="Compteur d’eau des panneaux",
    label_en="Water meter of the panels",
    since=date(2026, 6, 1),
    until=date(2026, 9, 1),
    p_value=0.00002,
    family_p_value=0.004,
    effect=6.2,
    effect_unit="K",
    figures=(Figure(name="outages", value=9.0, unit=""),),
    otherwise="suspicion_silent_when_hot_else",
)


@pytest.mark.parametrize("lang", LANGS)
def test_a_suspicion_is_told_with_its_figures_and_another_reading(lang: str) -> None:
    snapshot = replace(sample_snapshot(), suspicions=(SUSPICION,))

    html, words = page_of(snapshot, lang), TEXTS[lang]

    for told in (
        words["suspicion_silent_when_hot"],
        words["suspicion_silent_when_hot_else"],
        words["suspicion_figure_outages"],
        SUSPICION.label_fr if lang == "fr" else SUSPICION.label_en,
        words["suspicions_note"],
    ):
        assert told in html
    assert words["suspicions_none"] in page_of(sample_snapshot(), lang)


@pytest.mark.parametrize("lang", LANGS)
def test_before_the_first_evaluation_the_page_says_so(lang: str) -> None:
    assert TEXTS[lang]["not_ready"] in page_of(None, lang)


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "scheme", "width"), [("fr", "light", 1280), ("en", "dark", 390)])
def test_the_page_of_the_charter_keeps_wcag_a_and_aa(
    browser: Browser, axe_source: str, lang: str, scheme: str, width: int
) -> None:
    with served(replace(sample_snapshot(), breaches=BREACHES)) as server:
        page = browser.new_page(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            bypass_csp=True,
        )
        page.goto(f"{server.url}{CHARTER_PATHS[lang]}")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.evaluate(axe_source)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
        result = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in result["violations"]] == []
    assert wide <= width
