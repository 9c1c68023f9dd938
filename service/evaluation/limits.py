"""The limits of the charter's findings, as forecasts and cross-checks take them."""

from collections.abc import Iterable, Mapping
from typing import Final

from charter_rules.findings import NOTHING_ASKED, Finding
from models.kpi.limit import KpiLimit

_AT_LEAST: Final = {"at_most": False, "at_least": True}


def limits_of(
    findings: Iterable[Finding], least_coverage: Mapping[str, float]
) -> tuple[KpiLimit, ...]:
    """The limits behind the findings that are in force; coverage asked by rule id."""
    return tuple(
        KpiLimit(
            kpi=one.kpi_id,
            window=one.window_name,
            rule=one.rule_id,
            value=one.threshold,
            at_least=_AT_LEAST[one.comparison],
            least_coverage_ratio=least_coverage.get(one.rule_id, 0.0),
        )
        for one in findings
        if one.threshold is not None
        and one.comparison in _AT_LEAST
        and one.verdict not in NOTHING_ASKED
    )
