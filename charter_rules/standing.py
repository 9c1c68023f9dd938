"""Where a rule stands in time for one site on one day."""

from datetime import date
from decimal import Decimal

from charter_rules.conditions import exact
from charter_rules.dated import Absence, DatedEntry, months_later
from charter_rules.facts import SiteFacts
from charter_rules.outcome import Standing
from charter_rules.rulebook import Parameter, Rule


def standing_of(rule: Rule, facts: SiteFacts, on: date) -> Standing:
    """The figure in force, or the coming one, and the day from which it binds the site."""
    values = rule.parameter.values
    bound_from = _bound_from(rule, facts)
    entry = values.at(max(on, bound_from))
    if entry is None:
        first = values.entries[0]
        return Standing(
            entry=first,
            due=_first_due(rule, facts, first.in_force_from),
            coming=values.next_after(first.in_force_from),
            in_force=False,
        )
    coming = values.next_after(max(on, bound_from))
    if entry.absence is Absence.REPEALED:
        due = None if coming is None else coming.in_force_from
        return Standing(entry=coming or entry, due=due, coming=None, in_force=False)
    due = _first_due(rule, facts, max(entry.in_force_from, bound_from))
    return Standing(entry=entry, due=due, coming=coming, in_force=due <= on)


def _bound_from(rule: Rule, facts: SiteFacts) -> date:
    grace = rule.grace_months_after_entry
    return months_later(facts.entry_into_operation, grace) if grace else date.min


def _first_due(rule: Rule, facts: SiteFacts, bound_from: date) -> date:
    """A yearly duty binds on its first date for a year in which the site was in operation."""
    if rule.duty is None or rule.duty.yearly_by is None:
        return bound_from
    month, day = rule.duty.yearly_by
    year = max(bound_from.year, facts.entry_into_operation.year + 1)
    first = date(year, month, day)
    return first if first >= bound_from else date(year + 1, month, day)


def last_due(rule: Rule, on: date) -> date | None:
    """The last date of a yearly duty up to a day; None for a duty without a date."""
    if rule.duty is None or rule.duty.yearly_by is None:
        return None
    month, day = rule.duty.yearly_by
    this_year = date(on.year, month, day)
    return this_year if this_year <= on else date(on.year - 1, month, day)


def thresholds_of(rule: Rule, standing: Standing) -> tuple[Decimal | None, Decimal | None]:
    """The figure in force, and the upper one of a range, in the unit of the KPI."""
    low = _threshold(rule.parameter, standing.entry)
    if rule.upper is None:
        return low, None
    return low, _threshold(rule.upper, rule.upper.values.at(standing.entry.in_force_from))


def _threshold(parameter: Parameter, entry: DatedEntry | None) -> Decimal | None:
    if entry is None or entry.value is None:
        return None
    return exact(entry.value) * parameter.factor
