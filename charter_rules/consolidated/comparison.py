"""Two charters side by side, by axis and by what is asked, whatever their rules are called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from charter_rules.findings import Axis
from charter_rules.judging.conditions import Comparison, exact
from charter_rules.law.dated import DatedEntry
from charter_rules.law.rulebook import Rule, RuleBook
from charter_rules.replay.outcome import Matched


class Relation(StrEnum):
    """What the second charter asks, beside the first.

    ``OTHER`` where neither is stricter: ranges that overlap, or a figure on one side only.
    """

    SAME = "same"
    STRICTER = "stricter"
    LOOSER = "looser"
    OTHER = "other"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What rules of two charters are about: a KPI over a window, asked in one way; or a duty."""

    axis: Axis
    asked: str
    window: str
    comparison: Comparison
    against: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One subject on one day: the rules of each charter, and which asks more.

    Where a charter has several rules on a subject, for sites of several ages say, the strictest
    figures are compared.
    """

    subject: Subject
    before: tuple[Rule, ...]
    after: tuple[Rule, ...]
    relation: Relation


def compare(before: RuleBook, after: RuleBook, on: date) -> Iterator[Compared]:
    """Every subject of two charters, in the order of the axes.

    Parameters
    ----------
    before, after : RuleBook
        The charters.
    on : date
        The day whose figures are compared; a figure to come counts from its own day.
    """
    old, new = _by_subject(before, on), _by_subject(after, on)
    for axis in Axis:
        for subject in dict.fromkeys((*old, *new)):
            if subject.axis is axis:
                sides = old.get(subject, ()), new.get(subject, ())
                yield Compared(
                    subject=subject,
                    before=tuple(sides[0]),
                    after=tuple(sides[1]),
                    relation=_relation(*sides, on),
                )


def matched(before: RuleBook, after: RuleBook) -> Iterator[Matched]:
    """The rules of two charters that are to be compared with each other over past data.

    A rule is compared with its namesake; those of one charter alone with those of the other on the
    same subject.
    """
    names = [{rule.id for rule in book.rules} for book in (before, after)]
    for name in dict.fromkeys(rule.id for book in (before, after) for rule in book.rules):
        if name in names[0] and name in names[1]:
            yield Matched(name=name, before=(name,), after=(name,))
    own = [
        [(rule, subject_of(rule)) for rule in book.rules if rule.id not in other]
        for book, other in ((before, names[1]), (after, names[0]))
    ]
    for subject in dict.fromkeys(subject for side in own for _, subject in side):
        old, new = (tuple(rule.id for rule, of in side if of == subject) for side in own)
        yield Matched(name=" + ".join(new or old), before=old, after=new)


def _by_subject(rulebook: RuleBook, on: date) -> Mapping[Subject, Sequence[Rule]]:
    found: dict[Subject, list[Rule]] = {}
    for rule in rulebook.rules:
        if rule.parameter.values.at(on) is None:
            continue
        found.setdefault(subject_of(rule), []).append(rule)
    return found


def subject_of(rule: Rule) -> Subject:
    """What a rule is about."""
    return Subject(
        axis=rule.axis,
        asked=rule.kpi if rule.duty is None else rule.duty.key,
        window=rule.window.name,
        comparison=rule.comparison,
        against=rule.against,
    )


def _relation(before: Sequence[Rule], after: Sequence[Rule], on: date) -> Relation:
    if not before or not after:
        return Relation.REMOVED if before else Relation.ADDED
    old, new = (_strictest(side, on) for side in (before, after))
    if old == new:
        # The same figures may be asked of other sites, or bind where they did not.
        alike = _scope(before) == _scope(after)
        return Relation.SAME if alike else Relation.OTHER
    if old is None or new is None or len(old) != len(new):
        return Relation.OTHER
    more = [b - a for a, b in zip(old, new, strict=True)]
    if min(more) >= 0:
        return Relation.STRICTER
    return Relation.LOOSER if max(more) <= 0 else Relation.OTHER


def _scope(rules: Sequence[Rule]) -> set[tuple[object, ...]]:
    return {
        (
            rule.severity,
            rule.applies_when,
            rule.at_level,
            rule.grace_months_after_entry,
            rule.ends_months_after_entry,
        )
        for rule in rules
    }


def _strictest(rules: Sequence[Rule], on: date) -> tuple[Decimal, ...] | None:
    """The figures of a side in the unit of the KPI, larger where more is asked; None for none."""
    asked = [one for rule in rules if (one := _demand(rule, on)) is not None]
    if not asked or len({len(one) for one in asked}) > 1:
        return None
    return tuple(max(ends) for ends in zip(*asked, strict=True))


def _demand(rule: Rule, on: date) -> tuple[Decimal, ...] | None:
    low = figure_on(rule, on)
    if low is None:
        return None
    match rule.comparison:
        case Comparison.AT_LEAST:
            return (low,)
        case Comparison.BETWEEN:
            high = None if rule.upper is None else rule.upper.values.at(on)
            return None if high is None or high.value is None else (low, -_scaled(rule, high))
        case _:
            return (-low,)


def figure_on(rule: Rule, on: date) -> Decimal | None:
    """The figure that holds on a day, in the unit of the KPI; None where there is none."""
    entry = rule.parameter.values.at(on)
    return None if entry is None or entry.value is None else _scaled(rule, entry)


def _scaled(rule: Rule, entry: DatedEntry) -> Decimal:
    return exact(entry.value or 0.0) * rule.parameter.factor
