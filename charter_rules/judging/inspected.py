"""The figure of an inspection in the place of the sensors', as a result and on a grid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from charter_rules.facts import Inspection, SiteFacts
from charter_rules.judging.measured import Measured
from charter_rules.law.kpis import spec_of
from charter_rules.law.rulebook import Rule
from models.kpi.imported import document
from models.kpi.noise import duration_term_db
from models.kpi.result import KpiResult
from models.readings import IntArray, Origin, Window


def inspected(rule: Rule, facts: SiteFacts, on: date) -> KpiResult | None:
    """The newest figure of an inspection that was known on a day; None if there is none."""
    found = inspection_of(rule, facts, on)
    return None if found is None else _result(rule, found)


def inspection_of(rule: Rule, facts: SiteFacts, on: date) -> Inspection | None:
    """The newest inspection of a rule's KPI that was known on a day; None if there is none."""
    known = [one for one in facts.inspections if one.kpi == rule.kpi and one.known_on <= on]
    return max(known, key=_oldest_first, default=None)


def with_inspections(
    rule: Rule, facts: Sequence[SiteFacts], days: IntArray, now: Measured
) -> Measured:
    """The KPI with what inspections found of it, from the day on which each was known.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : sequence of SiteFacts
        The sites.
    days : int64 array, shape (days,)
        The days in order. [d, ordinal]
    now : Measured
        The KPI over the window of the rule, by the sensors.
    """
    for site, one in enumerate(facts):
        for found in sorted(
            (each for each in one.inspections if each.kpi == rule.kpi), key=_oldest_first
        ):
            cells = np.zeros((len(facts), len(days)), np.bool_)
            cells[site] = days >= found.known_on.toordinal()
            figure = Measured.of(_result(rule, found), inspected=True, indoors=found.indoors)
            now = now.replaced(figure, cells)
    return now


def _oldest_first(found: Inspection) -> tuple[date, date]:
    return found.measured_on, found.known_on


def _result(rule: Rule, found: Inspection) -> KpiResult:
    """Over the least window of the rule that ends with the day of the inspection."""
    day = found.measured_on
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    result = KpiResult(
        kpi=rule.kpi,
        window=Window(
            name=rule.window.name, start=end - timedelta(hours=rule.window.min_hours), end=end
        ),
        unit=spec_of(rule.kpi).unit,
        value=found.value,
        expanded_uncertainty=found.expanded_uncertainty,
        coverage_ratio=1.0,
        # Boucle did not measure it.
        origin=Origin.IMPORTED,
        documents=(document(found.document, found.sha256),),
        numerator=found.level_dba,
        numerator_unit="" if found.level_dba is None else "dB(A)",
    )
    if not rule.has_duration_terms or found.noise_minutes is None:
        return result
    # What a shorter noise may do more is taken off the figure: the limit keeps its digits.
    return replace(result, value=found.value - duration_term_db(found.noise_minutes))
