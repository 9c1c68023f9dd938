"""How the figures of an outcome are written: in the unit of the text wherever it has one."""

from decimal import Decimal

from charter_rules.judging.conditions import NUMERIC, Comparison, exact
from charter_rules.judging.outcome import Outcome
from charter_rules.law.kpis import CHANGE, KpiSpec, spec_of
from charter_rules.wording.language import Wording
from charter_rules.wording.measured import distance, kpi_unit, measured_in


def text_figure(outcome: Outcome, value: float, wording: Wording) -> str:
    """A threshold with the text's own digits and unit."""
    number = wording.numbers.as_written(exact(value))
    return wording.numbers.with_unit(number, outcome.rule.parameter.unit)


def weighed_figure(
    outcome: Outcome, value: Decimal, uncertainty: Decimal | None, wording: Wording
) -> str:
    """What was weighed, the KPI or its change, in the unit of the text."""
    parameter = outcome.rule.parameter
    return measured_in(
        float(value),
        None if uncertainty is None else float(uncertainty),
        (parameter.unit, float(parameter.factor)),
        wording.numbers,
        decimals=_weighed(outcome).decimals,
    ).text


def difference(outcome: Outcome, value: Decimal, wording: Wording) -> str:
    """A distance in the unit of the text; of two percentages in points."""
    parameter = outcome.rule.parameter
    unit = wording.sentences.points if parameter.unit == "%" else parameter.unit
    scale = unit, float(parameter.factor)
    return distance(float(value), float(outcome.guard_band), scale, wording.numbers)


def _weighed(outcome: Outcome) -> KpiSpec:
    """What is weighed: the KPI, or its change."""
    trend = outcome.rule.comparison is Comparison.TREND
    return CHANGE if trend else spec_of(outcome.rule.kpi)


def kpi_figure(outcome: Outcome, value: float, uncertainty: float | None, wording: Wording) -> str:
    """The KPI in the unit of the text; in that of its pages where the text has another or none."""
    spec, parameter = spec_of(outcome.rule.kpi), outcome.rule.parameter
    unit = kpi_unit(spec)
    if outcome.rule.comparison in NUMERIC and outcome.rule.comparison is not Comparison.TREND:
        unit = parameter.unit, float(parameter.factor)
    return measured_in(value, uncertainty, unit, wording.numbers, decimals=spec.decimals).text
