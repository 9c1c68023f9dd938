"""``boucle charter compare``: which of two charters asks more, by axis and KPI."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from charter_rules.consolidated.comparison import Compared, Relation
from charter_rules.consolidated.document import concerned, figures_told
from charter_rules.consolidated.words import SHOW_WORDS, ShowWords
from charter_rules.findings import Axis
from charter_rules.law.rulebook import Rule
from service.charter_tools.words import COMPARE_WORDS

_WORSE: Final = (
    Relation.STRICTER,
    Relation.LOOSER,
    Relation.OTHER,
    Relation.ADDED,
    Relation.REMOVED,
)


def comparison_lines(
    compared: list[Compared], names: tuple[str, str], on: date, lang: str
) -> Iterator[str]:
    """What a planner reads: every subject on which two charters differ, by axis."""
    show, words = SHOW_WORDS[lang], COMPARE_WORDS[lang]
    day = show.wording.dates.write_day(on)
    head = words["head"].format(before=names[0], after=names[1], day=day)
    yield show.wording.typeset(head)
    for axis in Axis:
        differing = [
            one
            for one in compared
            if one.subject.axis is axis and one.relation is not Relation.SAME
        ]
        if differing:
            yield ""
            yield show.axes[axis]
        for one in differing:
            yield from (show.wording.typeset(line) for line in _subject(one, names, on, show))
    counted = Counter(one.relation for one in compared)
    yield ""
    told = (words["count"].format(relation=words[one], n=counted[one]) for one in _WORSE)
    yield show.wording.typeset(", ".join((*told, words["alike"].format(n=counted[Relation.SAME]))))


def _subject(one: Compared, names: tuple[str, str], on: date, show: ShowWords) -> Iterator[str]:
    words = COMPARE_WORDS[show.wording.language]
    yield f"  {_name(one, show)}{show.colon}{words[one.relation]}"
    for name, rules in zip(names, (one.before, one.after), strict=True):
        for rule in rules:
            told = words["rule"].format(
                charter=name,
                limit=figures_told(rule, on, show),
                rule=rule.id,
                weight=show.severities[rule.severity],
                concerns=concerned(rule, show),
            )
            yield f"    {told}"


def _name(one: Compared, show: ShowWords) -> str:
    subject = one.subject
    known = show.wording.kpi.kpis.get(subject.asked)
    if known is None:
        rule = (*one.before, *one.after)[0]
        return rule.title_fr if show.wording.language == "fr" else rule.title_en
    return f"{known.heading}, {show.wording.kpi.over(subject.window)}"


def comparison_document(
    compared: list[Compared], names: tuple[str, str], on: date
) -> dict[str, Any]:
    """The same as data."""
    return {
        "before": names[0],
        "after": names[1],
        "on": on.isoformat(),
        "subjects": [
            {
                "axis": one.subject.axis.value,
                "kpi": one.subject.asked,
                "window": one.subject.window,
                "comparison": one.subject.comparison.value,
                "relation": one.relation.value,
                "before": [_plain(rule, on) for rule in one.before],
                "after": [_plain(rule, on) for rule in one.after],
            }
            for one in compared
        ],
    }


def _plain(rule: Rule, on: date) -> Mapping[str, Any]:
    entry = rule.parameter.values.at(on)
    return {
        "rule": rule.id,
        "version": rule.version,
        "value": None if entry is None else entry.value,
        "unit": rule.parameter.unit,
        "severity": rule.severity.value,
    }
