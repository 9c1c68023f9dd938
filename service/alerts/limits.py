"""The limits that a charter sets a site, day by day, for alerting that must not be told them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from charter_rules.facts import SiteFacts
from charter_rules.findings import NOTHING_ASKED
from charter_rules.judging.engine import judge
from charter_rules.law.rulebook import Rule, RuleBook
from models.kpi.definition import DECLARED, RUNNING
from models.legal_time.days import day_start
from service.alerts.limit_conditions import LimitPair, OtherLimits
from service.alerts.series import Series
from service.metrics.charter import bounds_of
from service.metrics.kpi_families import KPI_FAMILIES

# Between two looks a limit is found to the day where both differ.
_LOOK_EVERY: Final = timedelta(days=28)
# A limit that moves each day, such as a trajectory, is no table of days.
_MOST_STEPS: Final = 40


@dataclass(frozen=True, slots=True)
class LimitKey:
    """Which limit: of a rule, over its window, from above or from below."""

    rule: str
    kpi: str
    window: str
    bound: str

    @property
    def series(self) -> str:
        """Name of the recorded limit, in the unit of the KPI's family."""
        return KPI_FAMILIES[self.kpi].threshold.name.replace("boucle_threshold_", "boucle:limit_")

    def recorded(self, site: str) -> Series:
        """The recorded limit."""
        return Series(family=self.series, labels=self.labels(site))

    def shown(self, site: str) -> Series:
        """The same limit as `serve` shows it."""
        return Series(family=KPI_FAMILIES[self.kpi].threshold.name, labels=self.labels(site))

    def labels(self, site: str) -> dict[str, str]:
        """What tells it from the limits of other rules; those of its threshold."""
        return {"site": site, "rule": self.rule, "window": self.window, "bound": self.bound}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSpan:
    """A limit in the unit of its family, from a legal day up to another; to the end if None."""

    first: date
    until: date | None
    value: float


Limits: TypeAlias = Mapping[LimitKey, tuple[LimitSpan, ...]]
Bounds: TypeAlias = tuple[tuple[str, float], ...]


def limits_by_day(rulebook: RuleBook, facts: SiteFacts, first: date, until: date) -> Limits:
    """Every limit of every rule from one day up to another.

    Parameters
    ----------
    rulebook : RuleBook
        The charter.
    facts : SiteFacts
        Those of the site, by day.
    first, until : date
        Legal days, half-open; the last span has no end.

    Returns
    -------
    mapping of LimitKey to sequence of LimitSpan
        In the order of the charter; a rule without a figure for the site has none.
    """
    found: dict[LimitKey, tuple[LimitSpan, ...]] = {}
    for rule in rulebook.rules:
        found |= _of_rule(rule, facts, first, until)
    return found


def _is_judged_by_its_day(rule: Rule) -> bool:
    """Not by the law of a period that is over, nor by what is no KPI."""
    return rule.window.name in (*RUNNING, DECLARED) and rule.kpi in KPI_FAMILIES


def _of_rule(rule: Rule, facts: SiteFacts, first: date, until: date) -> Limits:
    asked = _Asked(rule, facts)
    steps = [(first, asked.on(first)), *_steps(asked, first, until - timedelta(days=1))]
    if len(steps) > _MOST_STEPS:
        return {}
    spans: dict[LimitKey, list[LimitSpan]] = {}
    ends: list[date | None] = [day for day, _ in steps[1:]]
    for (day, bounds), end in zip(steps, [*ends, None], strict=True):
        for bound, value in bounds:
            key = LimitKey(rule.id, rule.kpi, rule.window.name, bound)
            spans.setdefault(key, []).append(LimitSpan(first=day, until=end, value=value))
    return {key: tuple(own) for key, own in spans.items()}


class _Asked:
    """What a rule asks of a site on a day, whatever was measured."""

    def __init__(self, rule: Rule, facts: SiteFacts) -> None:
        self._rule, self._facts = rule, facts
        self._known: dict[date, Bounds] = {}

    def on(self, day: date) -> Bounds:
        if day not in self._known:
            self._known[day] = self._judged(day)
        return self._known[day]

    def _judged(self, day: date) -> Bounds:
        outcome = judge(self._rule, self._facts, {}, day)
        if outcome.verdict in NOTHING_ASKED or not _is_judged_by_its_day(self._rule):
            return ()
        low, high = (
            None if one is None else float(one)
            for one in (outcome.threshold, outcome.threshold_high)
        )
        factor = KPI_FAMILIES[self._rule.kpi].factor
        bounds = bounds_of(self._rule.comparison, low, high)
        return tuple((bound, value * factor) for bound, value in bounds)


def _steps(asked: _Asked, first: date, last: date) -> Iterator[tuple[date, Bounds]]:
    """The days on which something else is asked than the day before."""
    day, steps = first, 0
    while day < last and steps <= _MOST_STEPS:
        look = min(day + _LOOK_EVERY, last)
        while asked.on(look) != asked.on(day) and steps <= _MOST_STEPS:
            before, after = day, look
            while after - before > timedelta(days=1):
                middle = before + (after - before) // 2
                if asked.on(middle) == asked.on(day):
                    before = middle
                else:
                    after = middle
            yield after, asked.on(after)
            day, steps = after, steps + 1
        day = look


def limit_expression(spans: Sequence[LimitSpan]) -> str:
    """PromQL of a limit: its figure on each day, nothing where none is asked.

    Examples
    --------
    >>> print(limit_expression([LimitSpan(first=date(2026, 7, 1), until=None, value=1.5)]))
    vector(1.5) and on () (vector(time()) >= 1782856800)
    """
    return "\nor ".join(_during(span) for span in spans)


def _during(span: LimitSpan) -> str:
    begins = f"(vector(time()) >= {day_start(span.first).timestamp():.0f})"
    if span.until is None:
        return f"vector({span.value!r}) and on () {begins}"
    ends = f"(vector(time()) < {day_start(span.until).timestamp():.0f})"
    return f"vector({span.value!r}) and on () {begins} and on () {ends}"


def limit_on(spans: Sequence[LimitSpan], day: date) -> float | None:
    """A limit on a legal day; None where none is asked."""
    return next(
        (
            span.value
            for span in spans
            if span.first <= day and (span.until is None or day < span.until)
        ),
        None,
    )


def other_limits(limits: Limits, site: str) -> OtherLimits:
    """When `serve` shows another limit than the charter of these files."""
    here = {"site": site}
    return OtherLimits(
        tuple(
            LimitPair(
                shown=Series(family=KPI_FAMILIES[kpi].threshold.name, labels=here),
                rules=tuple(dict.fromkeys(key.rule for key in limits if key.kpi == kpi)),
                recorded=Series(family=LimitKey("", kpi, "", "").series, labels=here),
            )
            for kpi in dict.fromkeys(key.kpi for key in limits)
        )
    )
