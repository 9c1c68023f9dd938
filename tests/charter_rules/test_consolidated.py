"""The text of a charter on a day: what is in force, what comes, in Markdown and as a page."""

from datetime import date
from html.parser import HTMLParser

import pytest

from charter_rules.consolidated.document import Article, Consolidated, consolidate
from charter_rules.consolidated.html import to_html
from charter_rules.consolidated.markdown import to_markdown
from charter_rules.consolidated.words import SHOW_WORDS
from charter_rules.facts import IcpeRegime, NoiseRegime
from charter_rules.findings import Axis, Severity
from charter_rules.judging.conditions import Evidence
from charter_rules.law.loader import load_library, load_rulebook
from charter_rules.law.rulebook import RuleBook

TODAY = date(2026, 11, 21)
LANGS = ("fr", "en")


def articles(text: Consolidated) -> dict[str, tuple[str, Article]]:
    return {
        article.id: (chapter.heading, article)
        for chapter in text.chapters
        for section in chapter.sections
        for article in section.articles
    }


def fact(text: Consolidated, rule: str, name: str) -> str:
    return next(one.text for one in articles(text)[rule][1].facts if one.name == name)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("charter", sorted(load_library().charters.names))
def test_every_rule_of_every_charter_is_in_its_text(charter: str, lang: str) -> None:
    book = load_rulebook(charter=charter)

    for day in (date(1990, 1, 1), TODAY, date(2100, 1, 1)):
        assert set(articles(consolidate(book, day, lang))) == {rule.id for rule in book.rules}


def test_a_rule_is_to_come_and_then_in_force(rulebook: RuleBook) -> None:
    rule = "enefg_pue_existing"
    before = consolidate(rulebook, date(2027, 6, 30), "en")
    after = consolidate(rulebook, date(2027, 7, 1), "en")

    assert articles(before)[rule][0] == "To come"
    assert fact(before, rule, "Threshold") == (
        "at most 1.5, from 1 July 2027; then at most 1.3 from 1 July 2030"
    )
    assert articles(after)[rule][0] == "In force"
    assert fact(after, rule, "Threshold") == (
        "at most 1.5, since 1 July 2027; then at most 1.3 from 1 July 2030"
    )


def test_what_is_not_known_or_not_verified_is_said(rulebook: RuleBook) -> None:
    text = consolidate(rulebook, TODAY, "fr")

    assert "chiffre non publié ici" in fact(text, "fr_heat_share", "Exigence")
    assert "⚠ à vérifier" in fact(text, "paris_wue", "Valeur")
    assert "⚠" not in fact(text, "csp_noise_day", "Valeur")
    assert fact(text, "fr_heat_share", "Concerne") == (
        "puissance informatique installée d’au moins 1\u202f000\u202fkW"
    )


@pytest.mark.parametrize("lang", LANGS)
def test_every_condition_and_word_is_there(lang: str) -> None:
    words = SHOW_WORDS[lang]

    assert set(words.axes) == set(Axis)
    assert set(words.severities) == set(Severity)
    assert set(words.evidences) == set(Evidence)
    assert set(words.regimes) == {*NoiseRegime, *IcpeRegime}


class Reader(HTMLParser):
    """What a checker looks at: headings in order, elements opened and closed, the language."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"meta", "link", "script", "img"}:
            self.links += [value or "" for name, value in attrs if name in {"src", "href"}]
            return
        self.open.append(tag)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag == "html":
            self.lang = dict(attrs).get("lang") or ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_is_whole_accessible_and_loads_nothing(lang: str, rulebook: RuleBook) -> None:
    reader = Reader()

    reader.feed(to_html(consolidate(rulebook, TODAY, lang)))

    assert reader.open == []
    assert reader.lang == lang
    assert reader.links == []
    assert reader.headings[0] == 1
    assert all(
        later - earlier <= 1
        for earlier, later in zip(reader.headings, reader.headings[1:], strict=False)
    )


def test_no_text_of_a_rule_can_break_the_page_or_the_markdown(rulebook: RuleBook) -> None:
    text = consolidate(rulebook, TODAY, "en")
    chapter = text.chapters[0]
    bad = Article(id="a", title="<b> & *x*", text="[x](y) <script>", facts=())
    section = chapter.sections[0].__class__(heading="h", articles=(bad,))
    text = Consolidated(
        language="en",
        colon=": ",
        title="t",
        as_of="d",
        chapters=(chapter.__class__(heading="c", sections=(section,)),),
    )

    assert "<script>" not in to_html(text)
    assert "&lt;b&gt; &amp; *x*" in to_html(text)
    assert "\\[x\\](y) \\<script\\>" in to_markdown(text)
    assert "#### \\<b\\> & \\*x\\*" in to_markdown(text)
