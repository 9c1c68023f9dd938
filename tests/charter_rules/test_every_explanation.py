"""Every rule, every kind of verdict, both languages: what each explanation owes its reader."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from functools import cache

import pytest

from charter_rules.cases.book import Case, load_casebook, outcome_of
from charter_rules.findings import Finding, LegalStatus, Verdict
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.wording.finding import finding_of

LANGS = ("fr", "en")
# A word that only who writes programs or site files knows.
PROGRAMMER = re.compile(
    r"[a-z]+_[a-z]+|\byaml\b|\bjson\b|\bnull\b|NaN|\.py\b|`|\bmodule\b|\bparse",
)
STRAIGHT = re.compile(r"\w'\w")
LOOSE = re.compile(r" [:;!?»%]|« |\d \d{3}|\d (?:kW|MWh|dB|L/kWh|m²|h\b)")


@cache
def told() -> tuple[tuple[Case, Finding], ...]:
    """Every case of every rule, put into words."""
    return tuple(
        (case, finding_of(outcome_of(case), UTC, None, "test")) for case in load_casebook().cases
    )


def words(finding: Finding, lang: str) -> str:
    parts = (getattr(finding, f"{name}_{lang}") for name in ("explanation", "missing"))
    return "\n".join(part for part in parts if part)


def sentences(text: str) -> Iterator[str]:
    """Sentences, without the label that stands before some."""
    plain = text.replace("\u00a0", " ").replace("\u202f", " ")
    for part in re.split(r"(?<=[.?!…])\s+|\n", plain):
        yield re.sub(r"^\w[\w ]{0,15} ?: ", "", part).strip(" .")


def test_every_verdict_is_among_them() -> None:
    assert {finding.verdict for _, finding in told()} == set(Verdict)
    lacks = {finding.lack for _, finding in told() if finding.lack}
    assert len(lacks) >= len(MissingEvidence) - 1


@pytest.mark.parametrize("lang", LANGS)
def test_no_sentence_comes_twice(lang: str) -> None:
    for case, finding in told():
        counted = Counter(one.lower() for one in sentences(words(finding, lang)) if one)
        assert not {one: n for one, n in counted.items() if n > 1}, case.name


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_asked_comes_first_then_what_was_found_then_what_follows(lang: str) -> None:
    asked, source, limit, found, follows, to_do = {
        "fr": (
            "Demandé",
            "Texte",
            r"Seuil|Exigence",
            r"Marge|Dépassement|Manque",
            "Conclusion",
            "Mesure corrective",
        ),
        "en": (
            "Asked",
            "Text",
            r"Threshold|Requirement",
            r"Margin|Excess|Shortfall",
            "Conclusion",
            "To do",
        ),
    }[lang]
    order = [asked, source, limit, found, follows, to_do]
    for case, finding in told():
        text = getattr(finding, f"explanation_{lang}")
        places = [
            match.start()
            for label in order
            if (match := re.search(rf"(?:^|\n|(?<=\. ))(?:{label})[\s\u00a0]?:", text)) is not None
        ]
        assert places == sorted(places), case.name
        assert text.startswith(asked)
        first, *_, last = text.split("\n")
        assert re.search(rf"{source}[\u00a0]?:", first), case.name
        assert last.startswith(follows), case.name


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_not_proven_says_what_would_prove_it(lang: str) -> None:
    settled = {
        *(Verdict.COMPLIANT, Verdict.BREACH, Verdict.DEVIATION, Verdict.LATE),
        *(Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE),
    }
    for case, finding in told():
        owed = finding.verdict not in settled
        assert bool(getattr(finding, f"missing_{lang}")) == owed, case.name


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_speaks_to_a_programmer(lang: str) -> None:
    for case, finding in told():
        text = words(finding, lang).replace(finding.code_version, "")
        assert not PROGRAMMER.search(text), (case.name, PROGRAMMER.search(text))


def test_french_is_typeset() -> None:
    for case, finding in told():
        text = f"{finding.title_fr} {finding.remedy_fr} {words(finding, 'fr')}"
        assert not STRAIGHT.search(text), (case.name, STRAIGHT.search(text))
        assert not LOOSE.search(text), (case.name, LOOSE.search(text))


@pytest.mark.parametrize("lang", LANGS)
def test_a_day_of_law_that_is_past_is_told_as_since(lang: str) -> None:
    since = {"fr": "depuis le", "en": "since"}[lang]
    for case, finding in told():
        begun = finding.threshold_in_force_from
        if (
            begun is not None
            and begun <= finding.on
            and finding.verdict is not Verdict.NOT_APPLICABLE
        ):
            assert since in words(finding, lang).split("\n")[0], case.name


def test_a_proposal_is_never_an_obligation() -> None:
    for case, finding in told():
        if finding.legal_status is LegalStatus.CITY_PROPOSAL:
            french = f"{finding.title_fr} {words(finding, 'fr')}"
            assert not re.search(r"\bobligation|\bobligatoire|\bdoit\b", french), case.name
            english = f"{finding.title_en} {words(finding, 'en')}"
            assert not re.search(r"\bobligation|\bduty\b|\bmust\b", english), case.name


@pytest.mark.parametrize("lang", LANGS)
def test_an_abbreviation_is_spelled_out_where_it_comes_first(lang: str) -> None:
    names = {"fr": "efficacité d’usage de l’énergie", "en": "power usage effectiveness"}
    found = 0
    for case, finding in told():
        text = getattr(finding, f"explanation_{lang}")
        if finding.kpi_id == "pue" and (first := re.search(r"\bPUE\b", text)):
            after = text[first.end() :]
            assert after.startswith(f" ({names[lang]})"), case.name
            found += 1
    assert found > 10
