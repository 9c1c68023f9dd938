"""How the figures of an outcome are written: in the unit of the text wherever it has one."""

from decimal import Decimal

from charter_rules.judging.conditions import NUMERIC, Comparison, exact
from charter_rules.judging.outcome import Outcome
from charter_rules.law.kpis import CHANGE, KpiSpec, spec_of
from charter_rules.wording.language import Wording


def text_figure(outcome: Outcome, value: float, wording: Wording) -> str:
    """A threshold with the text's own digits and unit."""
    number = wording.numbers.as_written(exact(value))
    return wording.numbers.with_unit(number, outcome.rule.parameter.unit)


def in_text_unit(
    outcome: Outcome, value: Decimal, wording: Wording, *, difference: bool = False
) -> str:
    """Write a figure of the KPI in the unit of the text, rounded for reading.

    A difference of two percentages is in points.
    """
    parameter = outcome.rule.parameter
    decimals = spec_weighed(outcome).decimals + parameter.factor.adjusted()
    number = wording.numbers.number(value / parameter.factor, decimals)
    points = difference and parameter.unit == "%"
    unit = wording.sentences.points if points else parameter.unit
    return wording.numbers.with_unit(number, unit)


def spec_weighed(outcome: Outcome) -> KpiSpec:
    """What is weighed: the KPI, or its change."""
    trend = outcome.rule.comparison is Comparison.TREND
    return CHANGE if trend else spec_of(outcome.rule.kpi)


def kpi_figure(outcome: Outcome, value: Decimal, wording: Wording) -> str:
    """The KPI in the unit of the text; in its own where the text has another or no figure."""
    if outcome.rule.comparison in NUMERIC and outcome.rule.comparison is not Comparison.TREND:
        return in_text_unit(outcome, value, wording)
    spec = spec_of(outcome.rule.kpi)
    return wording.numbers.with_unit(wording.numbers.number(value, spec.decimals), spec.unit)
