"""The consolidated text as a tree of headings, articles and facts; renderers write it down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from charter_rules.consolidated.words import SHOW_WORDS, ShowWords, concerns
from charter_rules.findings import Axis, Verification
from charter_rules.judging.conditions import NUMERIC, Comparison, Tabulated, TextReserve, exact
from charter_rules.law.dated import Absence, DatedEntry
from charter_rules.law.rulebook import Rule, RuleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of an article: a name, what it says, and where that is written if it has a link."""

    name: str
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One rule."""

    id: str
    title: str
    text: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The rules of one axis."""

    heading: str
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What is in force, to come, or repealed."""

    heading: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidated:
    """A charter on a day, in one language."""

    language: str
    colon: str
    title: str
    as_of: str
    chapters: tuple[Chapter, ...]


def consolidate(rulebook: RuleBook, on: date, language: str) -> Consolidated:
    """The text of a charter that is in force on a day, what is to come and what was repealed.

    Parameters
    ----------
    rulebook : RuleBook
        The charter.
    on : date
        The day.
    language : str
        ``fr`` or ``en``.
    """
    words = SHOW_WORDS[language]
    headings = (words.in_force, words.coming, words.ended)
    groups: dict[str, list[Rule]] = {heading: [] for heading in headings}
    for rule in rulebook.rules:
        groups[_heading(rule, on, words)].append(rule)
    chapters = tuple(
        Chapter(heading=heading, sections=tuple(_sections(rules, on, words)))
        for heading, rules in groups.items()
        if rules
    )
    return Consolidated(
        language=language,
        colon=words.colon,
        title=words.wording.typeset(rulebook.title_fr) if language == "fr" else rulebook.title_en,
        as_of=words.as_of.format(day=words.wording.dates.write_day(on)),
        chapters=chapters,
    )


def _heading(rule: Rule, on: date, words: ShowWords) -> str:
    entry = rule.parameter.values.at(on)
    if entry is None:
        return words.coming
    return words.ended if entry.absence is Absence.REPEALED else words.in_force


def _sections(rules: list[Rule], on: date, words: ShowWords) -> Iterator[Section]:
    for axis in Axis:
        found = tuple(_article(rule, on, words) for rule in rules if rule.axis is axis)
        if found:
            yield Section(heading=words.axes[axis], articles=found)


def _article(rule: Rule, on: date, words: ShowWords) -> Article:
    french = words.wording.language == "fr"
    typeset, text = words.wording.typeset, rule.text_fr if french else rule.text_en
    facts = tuple(
        Fact(name=fact.name, text=typeset(fact.text), url=fact.url)
        for fact in _facts(rule, on, words)
    )
    return Article(
        id=rule.id,
        title=typeset(rule.title_fr if french else rule.title_en),
        text=typeset(words.wording.spell_out(" ".join(text.split()))),
        facts=facts,
    )


def _facts(rule: Rule, on: date, words: ShowWords) -> Iterator[Fact]:
    values = rule.parameter.values
    held = values.at(on)
    entry = held or values.entries[0]
    weighed = rule.comparison in NUMERIC and entry.value is not None
    yield Fact(
        name=words.threshold if weighed else words.requirement,
        text=figures_told(rule, on, words),
    )
    reference = entry.reference
    published = ""
    if entry.published_on is not None:
        day = words.wording.dates.write_day(entry.published_on)
        published = f", {words.published.format(day=day)}"
    yield Fact(
        name=words.reference,
        text=", ".join(reference.words(words.wording.language)) + published,
        url=reference.url,
    )
    yield Fact(name=words.status, text=_status(rule, words))
    yield Fact(name=words.concerns, text=concerned(rule, words))
    yield Fact(name=words.proof, text=_proof(rule, words))
    waiting = " ".join(words.wording.not_measured_yet(rule.kpi, rule.window.name, rule.against))
    if waiting:
        yield Fact(name=words.waiting, text=waiting)
    yield Fact(name=words.weight, text=words.severities[rule.severity])
    remedy = rule.remedy_fr if words.wording.language == "fr" else rule.remedy_en
    yield Fact(name=words.to_do, text=" ".join(remedy.split()))
    yield Fact(
        name=words.rule,
        text=words.version.format(rule=rule.id, version=rule.version, hash=rule.sha256[:12]),
    )


def figures_told(rule: Rule, on: date, words: ShowWords) -> str:
    """The figure of a day and those to come, in words."""
    return words.semicolon.join(_figures(rule, on, words))


def _figures(rule: Rule, on: date, words: ShowWords) -> Iterator[str]:
    """The figure of the day, and every one to come."""
    held = rule.parameter.values.at(on)
    write_day = words.wording.dates.write_day
    if held is not None:
        day = write_day(held.binds_from)
        if held.absence is Absence.REPEALED:
            yield words.repealed.format(day=day)
        else:
            yield words.since.format(limit=_limit(rule, held, words), day=day)
    coming = [entry for entry in rule.parameter.values.entries if entry.binds_from > on]
    for number, entry in enumerate(coming):
        template = words.from_ if held is None and number == 0 else words.then
        day = write_day(entry.binds_from)
        if entry.absence is Absence.REPEALED:
            yield words.repealed.format(day=day)
        else:
            yield template.format(limit=_limit(rule, entry, words), day=day)


def _limit(rule: Rule, entry: DatedEntry, words: ShowWords) -> str:
    """A figure in the unit of the text, or why there is none."""
    if entry.absence is Absence.NO_FIGURE:
        return _duty(rule, words)
    if entry.value is None:
        return words.none_published
    if rule.comparison is Comparison.TREND and entry.value < 0.0:
        fall = _figure(rule, -entry.value, words)
        return words.wording.sentences.limit_fall.format(value=fall)
    upper = None if rule.upper is None else rule.upper.values.at(entry.binds_from)
    high = "" if upper is None or upper.value is None else _figure(rule, upper.value, words)
    template = words.wording.sentences.limit[rule.comparison]
    return template.format(value=_figure(rule, entry.value, words), high=high)


def _duty(rule: Rule, words: ShowWords) -> str:
    if rule.duty is None or rule.duty.yearly_by is None:
        return words.no_figure
    month, day = rule.duty.yearly_by
    return words.yearly.format(day=f"{day:02d}", month=f"{month:02d}")


def _figure(rule: Rule, value: float, words: ShowWords) -> str:
    numbers = words.wording.numbers
    return numbers.with_unit(numbers.as_written(exact(value)), rule.parameter.unit)


def _status(rule: Rule, words: ShowWords) -> str:
    wording, parameter = words.wording, rule.parameter
    told = f"{wording.legal_statuses[parameter.legal_status]}, "
    verified = list(dict.fromkeys(one.verification for one in parameter.values.entries))
    told += words.semicolon.join(wording.verifications[one] for one in verified)
    if verified == [Verification.READ_IN_SOURCE]:
        return told
    return f"{told}{words.semicolon}{words.unverified}"


def concerned(rule: Rule, words: ShowWords) -> str:
    """Whom a rule concerns, in words."""
    told = [concerns(condition, words) for condition in rule.applies_when] or [words.everyone]
    if rule.at_level is not None:
        low, high = rule.at_level.above_dba, rule.at_level.up_to_dba
        told.append(f"> {low:g} dB(A)" if high is None else f"{low:g} – {high:g} dB(A)")
        if rule.at_level.indoors_above_dba is not None:
            told.append(words.indoors.format(level=f"> {rule.at_level.indoors_above_dba:g} dB(A)"))
    if rule.grace_months_after_entry is not None:
        told.append(words.grace.format(months=rule.grace_months_after_entry))
    if rule.ends_months_after_entry is not None:
        told.append(words.until_age.format(months=rule.ends_months_after_entry))
    return words.semicolon.join(told)


def _proof(rule: Rule, words: ShowWords) -> str:
    evidence = words.evidences[rule.evidence]
    if rule.comparison is Comparison.DECLARED:
        return evidence
    covers = words.covers.format(
        evidence=evidence,
        window=words.wording.kpi.over(rule.window.name),
        coverage=words.wording.numbers.share(rule.min_coverage_ratio),
    )
    if rule.comparison not in NUMERIC:
        return covers
    band = rule.guard_band
    if isinstance(band, TextReserve):
        width = float(band.width / rule.parameter.factor)
        return (
            f"{covers}{words.semicolon}{words.band_fixed.format(width=_figure(rule, width, words))}"
        )
    if isinstance(band, Tabulated):
        return covers
    return f"{covers}{words.semicolon}{words.band_of_uncertainty}"
