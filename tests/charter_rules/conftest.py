"""What the tests of the charter share: the shipped charter, a site, and made-up measurements."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from charter_rules.facts import NoiseRegime, SiteFacts
from charter_rules.law.kpis import spec_of
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import Rule, RuleBook
from models.kpi.result import KpiResult
from models.readings import Origin, Window

END = datetime(2026, 11, 20, 6, tzinfo=UTC)


@pytest.fixture(scope="session")
def rulebook() -> RuleBook:
    return load_rulebook()


@pytest.fixture(scope="session")
def chapelle() -> SiteFacts:
    return SiteFacts(
        entry_into_operation=date(2018, 6, 1),
        installed_it_power_kw=420.0,
        public_operator=True,
        noise_regime=NoiseRegime.CSP,
        zone="paris",
    )


@pytest.fixture(scope="session")
def measure() -> Callable[..., KpiResult]:
    def made_for(
        rule: Rule,
        value: float | None,
        uncertainty: float | None = 0.0,
        *,
        coverage: float = 1.0,
        hours: float | None = None,
        origin: Origin = Origin.MEASURED,
    ) -> KpiResult:
        # What was measured is never certain: where it does not matter, a ten-thousandth.
        if uncertainty == 0.0 and value is not None:
            uncertainty = 1e-4 * abs(value)
        length = timedelta(hours=rule.window.min_hours if hours is None else hours)
        return KpiResult(
            kpi=rule.kpi,
            window=Window(name=rule.window.name, start=END - length, end=END),
            unit=spec_of(rule.kpi).unit,
            value=value,
            expanded_uncertainty=uncertainty,
            coverage_ratio=coverage,
            origin=origin,
        )

    return made_for


def only(result: KpiResult | None) -> dict[tuple[str, str], KpiResult]:
    """The measurements of a site that has one KPI, or none."""
    return {} if result is None else {(result.kpi, result.window.name): result}


@pytest.fixture(scope="session")
def rule_named(rulebook: RuleBook) -> Callable[[str], Rule]:
    by_id = {rule.id: rule for rule in rulebook.rules}
    return by_id.__getitem__
