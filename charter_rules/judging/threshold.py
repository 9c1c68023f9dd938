"""Which figure of a rule counts for a site on a day, and from when it binds the site."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from charter_rules.facts import SiteFacts
from charter_rules.judging.conditions import exact
from charter_rules.law.dated import Absence, DatedEntry, months_later
from charter_rules.law.rulebook import Parameter, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveThreshold:
    """The figure of a rule that counts for one site on one day.

    ``entry`` is the figure in force, or the coming one when nothing is in force yet, or the
    repealed one when nothing comes. ``due`` is the day from which it binds the site, None
    when no figure is left to bind anyone. ``coming`` is the figure that will replace it,
    ``ended`` the day from which a rule for young sites is over for this one.
    """

    entry: DatedEntry
    due: date | None
    coming: DatedEntry | None
    in_force: bool
    ended: date | None = None

    @property
    def published(self) -> bool:
        """Whether the figure is known here."""
        return self.entry.absence is not Absence.NOT_PUBLISHED


def effective_threshold(rule: Rule, facts: SiteFacts, on: date) -> EffectiveThreshold:
    """The figure in force, or the coming one, and the day from which it binds the site."""
    values = rule.parameter.values
    bound_from = _bound_from(rule, facts)
    entry = values.at(max(on, bound_from))
    if entry is None:
        first = values.entries[0]
        return EffectiveThreshold(
            entry=first,
            due=_first_due(rule, facts, first.binds_from),
            coming=values.next_after(first.binds_from),
            in_force=False,
        )
    coming = values.next_after(max(on, bound_from))
    ended = end_of(rule, facts)
    if ended is not None and ended <= on:
        return EffectiveThreshold(entry=entry, due=None, coming=None, in_force=False, ended=ended)
    if entry.absence is Absence.REPEALED:
        due = None if coming is None else coming.binds_from
        return EffectiveThreshold(entry=coming or entry, due=due, coming=None, in_force=False)
    due = _first_due(rule, facts, max(entry.binds_from, bound_from))
    return EffectiveThreshold(entry=entry, due=due, coming=coming, in_force=due <= on)


def _bound_from(rule: Rule, facts: SiteFacts) -> date:
    grace = rule.grace_months_after_entry
    return months_later(facts.entry_into_operation, grace) if grace else date.min


def end_of(rule: Rule, facts: SiteFacts) -> date | None:
    """The day from which a site is too old for a rule; None for one without an end."""
    months = rule.ends_months_after_entry
    return None if months is None else months_later(facts.entry_into_operation, months)


def _first_due(rule: Rule, facts: SiteFacts, bound_from: date) -> date:
    """A yearly duty binds on its first date for a year in which the site was in operation."""
    if rule.duty is None or rule.duty.yearly_by is None:
        return bound_from
    month, day = rule.duty.yearly_by
    bound_from = max(bound_from, rule.duty.first_due or bound_from)
    year = max(bound_from.year, facts.entry_into_operation.year + 1)
    first = date(year, month, day)
    return first if first >= bound_from else date(year + 1, month, day)


def site_key(rule: Rule, facts: SiteFacts) -> Hashable:
    """What of a site moves the threshold in time: sites with the same key have the same one."""
    if rule.grace_months_after_entry or rule.ends_months_after_entry:
        return facts.entry_into_operation
    if rule.duty is not None and rule.duty.yearly_by is not None:
        return facts.entry_into_operation.year
    return None


def limits_of(rule: Rule, effective: EffectiveThreshold) -> tuple[Decimal | None, Decimal | None]:
    """The figure in force, and the upper one of a range, in the unit of the KPI."""
    low = _threshold(rule.parameter, effective.entry)
    if rule.upper is None:
        return low, None
    return low, _threshold(rule.upper, rule.upper.values.at(effective.entry.binds_from))


def _threshold(parameter: Parameter, entry: DatedEntry | None) -> Decimal | None:
    if entry is None or entry.value is None:
        return None
    return exact(entry.value) * parameter.factor
