"""The steps that end a judgement before any figure is weighed, first to last."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from charter_rules.findings import Verdict
from charter_rules.judging.conditions import NUMERIC, Comparison, FixedGuardBand
from charter_rules.judging.law import Law
from charter_rules.judging.measured import Measured
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.judging.weighing import Mask
from charter_rules.rulebook import Rule
from models.kpi.result import Withheld
from models.kpi_history import WITHHELD


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A verdict that stands without a figure, and the evidence that is missing, if any is."""

    verdict: Verdict
    missing: MissingEvidence | None = None


UNMET: Final = Step(Verdict.NOT_APPLICABLE)
NOT_IN_FORCE: Final = Step(Verdict.NOT_IN_FORCE)
NO_METER: Final = Step(Verdict.BREACH)
OFF_LEVEL: Final = Step(Verdict.NOT_APPLICABLE)
LACKS: Final = {one: Step(Verdict.INSUFFICIENT_DATA, one) for one in MissingEvidence}

Steps = Iterator[tuple[Step, Mask]]


def of_law(law: Law) -> Steps:
    """What the law and the facts of the site settle."""
    yield UNMET, law.excluded
    yield NOT_IN_FORCE, law.not_in_force
    yield LACKS[MissingEvidence.UNKNOWN_FACT], law.undecided
    yield LACKS[MissingEvidence.THRESHOLD_NOT_PUBLISHED], law.unpublished


def of_result(rule: Rule, now: Measured) -> Steps:
    """What the KPI lacks of what the rule asks of it, and the levels that the rule is not for.

    Comparisons are written so that NaN lacks, too.
    """
    if rule.comparison is Comparison.PRESENT:
        yield NO_METER, now.withheld == WITHHELD.index(Withheld.NO_METER)
    yield LACKS[MissingEvidence.NO_RESULT], ~now.known
    yield LACKS[MissingEvidence.NO_VALUE], ~np.isfinite(now.value)
    yield LACKS[MissingEvidence.SHORT_WINDOW], ~(now.hours >= rule.window.min_hours)
    yield LACKS[MissingEvidence.LOW_COVERAGE], ~(now.coverage_ratio >= rule.min_coverage_ratio)
    if rule.comparison in NUMERIC and not isinstance(rule.guard_band, FixedGuardBand):
        expanded = now.expanded_uncertainty
        yield LACKS[MissingEvidence.NO_UNCERTAINTY], ~((expanded >= 0.0) & (expanded < np.inf))
    level, ambient = rule.at_level, now.numerator
    if level is not None:
        yield LACKS[MissingEvidence.NO_LEVEL], np.isnan(ambient)
        yield OFF_LEVEL, ambient <= level.above_dba
        if level.up_to_dba is not None:
            yield OFF_LEVEL, ambient > level.up_to_dba
