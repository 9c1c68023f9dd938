"""The page of the charter: every rule with its verdict, its reasons, its text and its evidence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from charter_rules.findings import Axis, Finding, Verdict
from charter_rules.law.loader import load_library
from charter_rules.wording.equivalent_class import ClassScale, class_scale, told_class
from charter_rules.wording.language import Wording
from models.forecast.outlook import ExpectedSide, ForecastView
from models.legal_time.days import legal_day, local_time
from service.live.snapshot import LiveSnapshot
from service.pages.breaches import BreachRow, breach_rows
from service.pages.cards import SEVERITY
from service.pages.insights import Insights
from service.pages.parts import Chip, ForecastRow
from service.pages.rows import Rows
from service.pages.suspicions import SuspicionRow, suspicion_rows
from service.pages.voice import Voice

_EXPECTED = {
    ExpectedSide.KEPT: Verdict.COMPLIANT,
    ExpectedSide.KEPT_NOT_SURE: Verdict.COMPLIANT_NOT_PROVEN,
    ExpectedSide.BROKEN_NOT_SURE: Verdict.SUSPECTED,
    ExpectedSide.BROKEN: Verdict.BREACH,
}
_HIDDEN = frozenset({Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE})
_COUNTED = (*SEVERITY, Verdict.NOT_IN_FORCE, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """One rule in full. ``facts`` are pairs of name and value: where the verdict comes from."""

    id: str
    title: str
    chip: Chip
    severity: str
    source: str
    url: str | None
    status: str
    unsure: bool
    figures: tuple[tuple[str, str], ...]
    explanation: tuple[str, ...]
    missing: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisRules:
    """The rules of one axis, worst first."""

    axis: str
    heading: str
    rules: tuple[RuleCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What to expect of one KPI at the year's end."""

    chip: Chip
    row: ForecastRow


class CharterView:
    """Everything the template of the charter asks for."""

    def __init__(self, snapshot: LiveSnapshot, lang: str) -> None:
        self.snapshot = snapshot
        self.voice = Voice(lang)
        self.t = self.voice.t
        self._rows = Rows(snapshot, self.voice)

    @property
    def day(self) -> str:
        """The day whose law was applied, and the charter."""
        day = legal_day(self.snapshot.taken_at)
        return self.t["charter_day"].format(
            charter=self.snapshot.site.charter, day=self.voice.day(day)
        )

    @property
    def counts(self) -> tuple[tuple[Chip, int], ...]:
        """How many rules have each verdict, worst first."""
        counted = Counter(finding.verdict for finding in self.snapshot.findings)
        return tuple((self.voice.chip(one), counted[one]) for one in _COUNTED if counted[one])

    @property
    def breaches(self) -> tuple[BreachRow, ...]:
        """What stands, is pending or ended lately."""
        return breach_rows(self.snapshot, self.voice)

    @property
    def suspicions(self) -> tuple[SuspicionRow, ...]:
        """What the cross-checks find unusual."""
        return suspicion_rows(self.snapshot, self.voice)

    @property
    def expected(self) -> tuple[Expected, ...]:
        """The verdicts expected at the year's end."""
        rows = Insights(self.snapshot, self.voice).forecasts()
        pairs = zip(self.snapshot.forecasts, rows, strict=True)
        return tuple(self._expected(view, row) for view, row in pairs if view.expected is not None)

    def _expected(self, view: ForecastView, row: ForecastRow) -> Expected:
        assert view.expected is not None
        verdict = _EXPECTED[view.expected]
        rule = next((one for one in self.snapshot.findings if one.rule_id == view.rule), None)
        if verdict is Verdict.BREACH and not (rule is not None and rule.binds):
            verdict = Verdict.DEVIATION
        return Expected(chip=self.voice.chip(verdict), row=row)

    @property
    def year(self) -> int:
        """The year of the forecasts."""
        return legal_day(self.snapshot.taken_at).year

    @property
    def axes(self) -> tuple[AxisRules, ...]:
        """The rules that apply, by axis."""
        groups = []
        for axis in Axis:
            found = [
                one
                for one in self.snapshot.findings
                if one.axis is axis and one.verdict not in _HIDDEN
            ]
            found.sort(key=lambda one: SEVERITY.index(one.verdict))
            if found:
                rules = tuple(self._card(one) for one in found)
                heading = self.t[f"axis_{axis.value}"]
                groups.append(AxisRules(axis=axis.value, heading=heading, rules=rules))
        return tuple(groups)

    @property
    def elsewhere(self) -> tuple[RuleCard, ...]:
        """Rules that do not apply, or not yet."""
        return tuple(self._card(one) for one in self.snapshot.findings if one.verdict in _HIDDEN)

    def _card(self, finding: Finding) -> RuleCard:
        row = self._rows.rule(finding)
        weighed = finding.text_threshold is not None
        asked = self.t["threshold" if weighed else "requirement"]
        figures = ((self.t["measured"], row.measured), (asked, row.threshold))
        return RuleCard(
            id=finding.rule_id,
            title=row.title,
            chip=row.chip,
            severity=self.t[f"severity_{finding.severity.value}"],
            source=row.source,
            url=row.url,
            status=row.status,
            unsure=row.unsure,
            figures=(*figures, (self.t["margin"], row.margin)) if finding.kpi is not None else (),
            explanation=row.explanation,
            missing=row.missing,
            facts=tuple(self._facts(finding)),
        )

    def _facts(self, finding: Finding) -> Iterator[tuple[str, str]]:
        t, wording = self.t, self.voice.wording
        yield (
            t["rule_version"],
            t["version"].format(
                rule=finding.rule_id,
                version=finding.rule_version,
                hash=finding.rule_sha256[:12],
            ),
        )
        if finding.threshold_in_force_from is None:
            yield t["figure_never"], ""
        else:
            since = finding.threshold_in_force_from <= finding.on
            name = t["figure_since" if since else "figure_from"]
            yield name, self.voice.day(finding.threshold_in_force_from)
        if finding.parameter_published_on is not None:
            yield t["published_on"], self.voice.day(finding.parameter_published_on)
        yield t["decision_rule"], t[f"decision_{finding.decision_rule.value}"]
        if finding.kpi is not None:
            coverage = self.voice.style.share(finding.kpi.coverage_ratio)
            yield t["window_and_coverage"], f"{wording.kpi.over(finding.window_name)}, {coverage}"
            origin = wording.origins[finding.kpi.origin].lower()
            yield t["data_origin"], ", ".join([origin, *finding.kpi.documents])
            if finding.kpi.inputs:
                meters = (self.voice.meter(one, self.snapshot) for one in finding.kpi.inputs)
                yield t["readings_of"], ", ".join(meters)
            rated = _european_class(finding, wording)
            if rated:
                yield t["european_rating"], rated
        if finding.known_on is not None:
            known = local_time(finding.known_on)
            yield t["known_on"], f"{self.voice.day(known.date())} {known:%H:%M}"
        if finding.code_version:
            yield t["code_version"], finding.code_version


# The rating's water is fresh water: no other WUE has a class.
_RATED = "pue"


def _european_class(finding: Finding, wording: Wording) -> str:
    result = finding.kpi
    if result is None or result.kpi != _RATED or result.window.name != "12months":
        return ""
    scale = _scale(finding.on)
    return "" if scale is None else told_class(scale, result, wording)


@cache
def _scale(on: date) -> ClassScale | None:
    sheets = load_library().parameters.sheets
    return class_scale(_RATED, {name: sheet.shape for name, sheet in sheets.items()}, on)
