"""The findings of a site, judged again only when something that they hang on has changed."""

from collections.abc import Mapping
from datetime import date, datetime

from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding
from charter_rules.judging.engine import evaluate
from charter_rules.law.rulebook import RuleBook
from models.kpi.result import KpiResult
from service.version import code_version

Results = Mapping[tuple[str, str], KpiResult]


class SiteVerdicts:
    """The charter over one site. Most rules look at long windows, which change once a minute."""

    def __init__(self, rulebook: RuleBook, facts: SiteFacts) -> None:
        self._rulebook, self._facts = rulebook, facts
        self._judged = tuple(
            dict.fromkeys(
                (rule.kpi, window)
                for rule in rulebook.rules
                for window in (rule.window.name, rule.against)
                if window is not None
            )
        )
        self._inputs: object = None
        self._found: tuple[Finding, ...] = ()

    def on(self, day: date, kpis: Results, known_on: datetime | None) -> tuple[Finding, ...]:
        """The findings by the law of a day."""
        inputs = (day, known_on, [kpis.get(key) for key in self._judged])
        if inputs != self._inputs:
            self._inputs = inputs
            self._found = evaluate(
                self._rulebook,
                self._facts,
                kpis,
                day,
                known_on=known_on,
                code_version=code_version(),
            )
        return self._found
