"""The words: what a lawyer reads in French and in English."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from charter_rules.facts import NoiseRegime, SiteFacts
from charter_rules.findings import Finding, LegalStatus, Verdict, Verification
from charter_rules.judging.applicability import (
    EnteredBefore,
    EnteredFrom,
    InstalledItPowerAbove,
    InZone,
    MinInstalledItPower,
    PublicOperator,
    SiteCondition,
    UnderNoiseRegime,
)
from charter_rules.judging.engine import evaluate
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.law.availability import NotMeasured
from charter_rules.law.kpis import KPIS
from charter_rules.law.rulebook import Rule, RuleBook
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.french import FRENCH
from charter_rules.wording.language import Wording
from models.kpi.result import KpiResult, Withheld
from models.readings import Origin

TODAY = date(2026, 11, 20)
Find = Callable[..., Finding]


@pytest.fixture
def find(rulebook: RuleBook, chapelle: SiteFacts) -> Find:
    def found(
        rule: Rule, result: KpiResult | None, *, on: date = TODAY, **facts: object
    ) -> Finding:
        site = replace(chapelle, **facts)  # type: ignore[arg-type]
        kpis = {} if result is None else {(rule.kpi, rule.window.name): result}
        return evaluate(replace(rulebook, rules=(rule,)), site, kpis, on)[0]

    return found


def test_a_verdict_is_explained_from_demand_to_conclusion(
    find: Find, rule_named: Callable[[str], Rule], measure: Callable[..., KpiResult]
) -> None:
    rule = rule_named("csp_noise_night")
    night = measure(rule, 1.6, 1.2, coverage=0.9777, hours=9)

    finding = find(rule, replace(night, numerator=44.0))

    assert finding.explanation_fr == (
        "Demandé\u00a0: De 22\u202fh à 7\u202fh, le bruit ambiant chez les voisins ne dépasse pas "
        "le bruit résiduel, sans l’installation, de plus que l’émergence admise\u202f; un bruit "
        "bref peut "
        "la dépasser d’un terme de durée, 6\u202fdB(A) au plus. L’émergence n’est recherchée "
        "qu’au-dessus de 25\u202fdB(A) de bruit ambiant dans les pièces principales d’un logement "
        "et de 30\u202fdB(A) ailleurs (article R.\u00a01336-6). "
        "Texte\u00a0: Code de la santé publique, article R.\u00a01336-7 "
        "(droit français\u202f; vérifié dans une copie du texte officiel). "
        "Seuil\u00a0: au plus 3\u202fdB(A), applicable depuis le 10 août 2017.\n"
        "Mesuré\u00a0: émergence de nuit = 1,6\u00a0±\u00a01,2\u202fdB(A) (k = 2) sur la dernière "
        "nuit, du 19 novembre 2026 à 22:00 au 20 novembre 2026 à 07:00, couverture 97,7\u202f%. "
        "Marge\u00a0: 1,4\u202fdB(A) sous le maximum, bande de garde 1,2\u202fdB(A). "
        "La bande de garde est l’incertitude élargie (JCGM 106).\n"
        "Conclusion\u00a0: conformité non démontrée. Ce qui est mesuré "
        "ici n’est pas ce que juge le texte\u00a0: les capteurs sont en limite de propriété, et le "
        "texte juge le bruit chez le voisin."
    )


def test_figures_are_told_in_the_unit_of_the_text(
    find: Find, rule_named: Callable[[str], Rule], measure: Callable[..., KpiResult]
) -> None:
    rule = rule_named("paris_erf")

    finding = find(rule, measure(rule, 0.0512, 0.009))

    assert finding.verdict is Verdict.DEVIATION
    assert (finding.threshold, finding.threshold_unit, finding.margin) == (0.1, "ratio", -0.0488)
    assert (
        "Threshold: at least 10\u00a0%, applicable since 20 November 2026.\nMeasured: ERF (energy "
        "reuse factor) = 5.1\u00a0±\u00a00.9\u00a0% (k = 2) over 12 months, from 21 November 2025 "
        "to 20 November 2026, coverage 100\u00a0%. Shortfall: 4.9\u00a0points below the minimum, "
        "guard band 0.9\u00a0points. The guard band is the expanded uncertainty (JCGM 106).\n"
        "Conclusion: deviation from the reference. The value is beyond the reference by more "
        "than the guard band. It does not bind this site."
    ) in finding.explanation_en
    assert "Manque\u00a0: 4,9\u202fpoints sous le minimum" in finding.explanation_fr


def test_what_comes_is_announced(
    find: Find, rule_named: Callable[[str], Rule], measure: Callable[..., KpiResult]
) -> None:
    rule = rule_named("enefg_pue_existing")

    finding = find(rule, measure(rule, 1.312, 0.02))

    assert finding.threshold_in_force_from == date(2027, 7, 1)
    assert (
        "Seuil\u00a0: au plus 1,5, applicable à partir du 1er juillet 2027. Il devient au plus 1,3 "
        "le 1er juillet 2030.\nMesuré\u00a0: PUE = 1,312\u00a0±\u00a00,020 (k = 2)"
    ) in finding.explanation_fr
    assert finding.explanation_fr.endswith(
        "pas en vigueur. Le texte ne demande rien à ce site au 20 novembre 2026."
    )
    later = find(rule, measure(rule, 1.312, 0.02), on=date(2027, 7, 1))
    assert "applicable since 1 July 2027. It becomes at most 1.3" in later.explanation_en


def test_a_number_that_is_not_published_cannot_be_met(
    find: Find, rule_named: Callable[[str], Rule], measure: Callable[..., KpiResult]
) -> None:
    rule = rule_named("fr_heat_share")

    finding = find(rule, measure(rule, 0.9), installed_it_power_kw=2000.0)

    assert finding.verdict is Verdict.NOT_FIXED
    assert finding.threshold is None
    assert (
        "The text exists, but its figure is not fixed, or not published here."
        in finding.explanation_en
    )
    assert "le texte demande cela depuis le 1er octobre 2025" in finding.explanation_fr


def test_a_grace_period_is_told(
    find: Find, rule_named: Callable[[str], Rule], measure: Callable[..., KpiResult]
) -> None:
    rule = rule_named("enefg_erf_2026")

    finding = find(rule, measure(rule, 0.0), entry_into_operation=date(2026, 9, 1))

    assert finding.verdict is Verdict.NOT_IN_FORCE
    assert (
        "applicable from 1 September 2028. The text leaves 24 months after entry into operation "
        "(1 September 2026)."
    ) in finding.explanation_en


def test_declared_figures_say_why_they_prove_nothing(
    find: Find, rule_named: Callable[[str], Rule], measure: Callable[..., KpiResult]
) -> None:
    rule = rule_named("paris_wue")

    finding = find(rule, measure(rule, 0.1, 0.01, origin=Origin.DECLARED))

    assert "Déclaré\u00a0: WUE" in finding.explanation_fr
    assert "une valeur d’origine «\u202fdéclaré\u202f» ne suffit pas" in finding.explanation_fr


@pytest.mark.parametrize(
    ("changes", "french", "english"),
    [
        ({"value": None, "withheld": Withheld.NO_METER}, "aucun compteur", "no meter"),
        ({"value": float("nan")}, "(le calcul ne donne aucun nombre)", "gives no number)"),
        (
            {"coverage_ratio": 0.94999},
            "la couverture est de 94,9\u202f%, il faut 95,0\u202f%",
            "coverage is 94.9\u00a0%, 95.0\u00a0% is needed",
        ),
        ({"expanded_uncertainty": None}, "l’incertitude", "uncertainty of the value is not known"),
    ],
)
def test_what_is_missing_is_named(
    find: Find,
    rule_named: Callable[[str], Rule],
    measure: Callable[..., KpiResult],
    changes: dict[str, object],
    french: str,
    english: str,
) -> None:
    rule = rule_named("paris_wue")
    result = replace(measure(rule, 0.1, 0.01), **changes)  # type: ignore[arg-type]

    finding = find(rule, result)

    assert finding.verdict is Verdict.INSUFFICIENT_DATA
    assert french in finding.explanation_fr
    assert english in finding.explanation_en


def test_a_short_window_is_named(
    find: Find, rule_named: Callable[[str], Rule], measure: Callable[..., KpiResult]
) -> None:
    rule = rule_named("paris_wue")

    finding = find(rule, measure(rule, 0.1, 0.01, hours=720))

    assert "la fenêtre compte 720,0\u202fh, il en faut 8\u202f736\u202fh" in finding.explanation_fr


@pytest.mark.parametrize(
    ("condition", "french", "english"),
    [
        (EnteredBefore(date(2015, 1, 1)), "1er janvier 2015", "before 1 January 2015"),
        (EnteredFrom(date(2024, 1, 1)), "à partir du 1er janvier 2024", "from 1 January 2024"),
        (MinInstalledItPower(1000), "420\u202fkW", "1,000\u00a0kW and more"),
        (InstalledItPowerAbove(420), "plus de 420\u202fkW", "more than 420\u00a0kW"),
        (InZone(("seine", "oise")), "zones visées (seine, oise)", "zones of the text"),
        (PublicOperator(public=False), "exploitants privés", "private operators only"),
        (UnderNoiseRegime(NoiseRegime.ICPE), "autre régime de bruit", "another noise regime"),
    ],
)
def test_why_a_rule_does_not_apply_is_told(
    find: Find,
    rule_named: Callable[[str], Rule],
    condition: SiteCondition,
    french: str,
    english: str,
) -> None:
    rule = replace(rule_named("paris_wue"), applies_when=(condition,))

    finding = find(rule, None)

    assert finding.verdict is Verdict.NOT_APPLICABLE
    assert french in finding.explanation_fr
    assert english in finding.explanation_en


def test_a_private_operator_is_not_a_public_one(
    find: Find, rule_named: Callable[[str], Rule]
) -> None:
    rule = replace(rule_named("paris_wue"), applies_when=(PublicOperator(public=True),))

    assert find(rule, None).verdict is Verdict.INSUFFICIENT_DATA
    finding = find(rule, None, public_operator=False)
    assert "public operators only" in finding.explanation_en


@pytest.mark.parametrize(
    ("value", "decimals", "french", "english"),
    [
        ("1.3125", 3, "1,312", "1.312"),
        ("-0.004", 2, "0,00", "0.00"),
        ("-1.5", 1, "\u22121,5", "\u22121.5"),
        ("1234567.8", 0, "1\u202f234\u202f568", "1,234,568"),
    ],
)
def test_numbers_follow_their_language(
    value: str, decimals: int, french: str, english: str
) -> None:
    assert FRENCH.numbers.number(Decimal(value), decimals) == french
    assert ENGLISH.numbers.number(Decimal(value), decimals) == english


def test_a_share_is_never_rounded_up() -> None:
    assert FRENCH.numbers.share(0.99999) == "99,9\u202f%"
    assert ENGLISH.numbers.share(1.0) == "100\u00a0%"


def test_a_threshold_keeps_the_digits_of_its_text() -> None:
    assert FRENCH.numbers.as_written(Decimal("10.0")) == "10"
    assert FRENCH.numbers.as_written(Decimal("1.50")) == "1,5"
    assert FRENCH.numbers.as_written(Decimal(-100)) == "\u2212100"


def test_moments_have_their_hour() -> None:
    moment = datetime.fromisoformat("2026-03-01T22:00:00+01:00")

    assert FRENCH.dates.write_moment(moment) == "1er mars 2026 à 22:00"
    assert ENGLISH.dates.write_moment(moment) == "1 March 2026 at 22:00"


@pytest.mark.parametrize("wording", [FRENCH, ENGLISH], ids=["fr", "en"])
def test_a_language_has_a_word_for_everything(wording: Wording) -> None:
    assert set(wording.verdicts) == set(Verdict)
    assert set(wording.lacks) == set(MissingEvidence)
    assert set(wording.not_measured) == set(NotMeasured)
    assert set(wording.legal_statuses) == set(LegalStatus)
    assert set(wording.verifications) == set(Verification)
    assert set(wording.origins) == set(Origin)
    assert set(wording.kpi.windows) >= {name for spec in KPIS.values() for name in spec.windows}
    assert len(wording.dates.months) == 12
