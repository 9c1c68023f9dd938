"""Many plants, half of them with a fault: what is stated, what holds the truth, what is judged."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from typing import Final

import numpy as np

from charter_rules.findings import Verdict
from charter_rules.judging.conditions import NUMERIC, Comparison
from charter_rules.judging.engine import judge
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import Rule
from models.kpi.result import KpiResult
from models.readings import Window
from service.site.facts import facts_of
from simulators.plant import Variant
from tests.models.faulty_plants import Case, Fault, cases, random_fault, registers, site
from tests.models.reading_faults import ReadingFault

# No meter of the site can show these: why, by kind of fault and of register.
NOT_SHOWN: Final = {
    (ReadingFault.STANDING_AND_LOST, "water"): (
        "no gauge, no node and no other meter says that water flowed"
    ),
    (ReadingFault.STANDING_THEN_TRUE, "water"): (
        "what is made up for at the end is less than the meter can count in one poll: the day it"
        " belongs to is not known"
    ),
    (ReadingFault.OLDER_INDEX, "water"): (
        "the same: the step back to the true index is one that the meter can make"
    ),
    (ReadingFault.UNIT_THOUSAND, "water"): (
        "a trickle counted as a thousandth or a thousand times is still what a water meter counts"
    ),
}
# The limits of these rules are judged as if the year had been like the days.
_ON: Final = date(2031, 1, 1)
_YEAR: Final = timedelta(days=365)


def kind_of(fault: Fault) -> str:
    return registers()[fault.point][0]


def is_shown(fault: Fault) -> bool:
    return (fault.kind, kind_of(fault)) not in NOT_SHOWN


def variant_of(seed: int) -> Variant:
    """Plants on both sides of the limits of PUE, WUE and ERF."""
    rng = np.random.default_rng([seed, 4])
    return Variant(
        services_ratio=float(rng.uniform(0.2, 2.0)),
        fan_ratio=float(rng.uniform(0.2, 1.2)),
        ups_loss_ratio=float(rng.uniform(0.3, 1.2)),
        district_ratio=float(rng.uniform(0.3, 1.2)),
        adiabatic_shift_k=float(rng.uniform(-12.0, 3.0)),
    )


def plants(seeds: Iterable[int], days: int) -> Iterator[Case]:
    """Plants of even seeds are sound, those of odd ones have a fault."""
    for seed in seeds:
        fault = random_fault(seed, days) if seed % 2 else None
        yield from cases(seed, days, fault, variant_of(seed))


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in load_rulebook(charter="paris").rules
        if rule.kpi in ("pue", "wue", "erf") and rule.comparison in NUMERIC
    )


@dataclass(slots=True)
class Group:
    """Some cases, counted."""

    cases: int = 0
    stated: Counter[tuple[str, str]] = field(default_factory=Counter)
    inside: Counter[tuple[str, str]] = field(default_factory=Counter)
    withheld: int = 0
    withheld_though_known: int = 0
    doubted: int = 0
    accused: int = 0
    judged: int = 0
    false_verdicts: int = 0
    missed: list[Case] = field(default_factory=list)

    def add(self, case: Case) -> None:
        """Count one case."""
        self.cases += 1
        result = case.result
        self.accused += bool(case.standing)
        if result.window.name == "days":
            self._judge(case)
        if result.value is None:
            self.withheld += 1
            # Half of a period must be known for a value.
            self.withheld_though_known += case.unknowable_ratio < 0.5
        elif case.stated:
            key = (result.kpi, result.window.name)
            self.stated[key] += 1
            self.inside[key] += case.inside
            if not case.inside:
                self.missed.append(case)
        else:
            self.doubted += 1

    @property
    def inside_ratio(self) -> dict[tuple[str, str], float]:
        """How often the interval holds the truth, by KPI and kind of window."""
        return {key: self.inside[key] / count for key, count in sorted(self.stated.items())}

    def _judge(self, case: Case) -> None:
        for verdict, truly_met in _verdicts(case.result, case.truth):
            self.judged += 1
            self.false_verdicts += verdict is (Verdict.BREACH if truly_met else Verdict.COMPLIANT)


def _verdicts(result: KpiResult, truth: float) -> Iterator[tuple[Verdict, bool]]:
    """What each rule finds that weighs a KPI, and whether its limit is truly met."""
    year = Window(name="12months", start=result.window.end - _YEAR, end=result.window.end)
    for rule in _rules():
        if rule.kpi != result.kpi:
            continue
        found = judge(
            rule, facts_of(site()), {(rule.kpi, year.name): replace(result, window=year)}, _ON
        )
        if found.threshold is None or found.verdict in (
            Verdict.NOT_APPLICABLE,
            Verdict.NOT_IN_FORCE,
        ):
            continue
        limit = float(found.threshold)
        met = truth <= limit if rule.comparison is Comparison.AT_MOST else truth >= limit
        yield found.verdict, met


@dataclass(slots=True)
class Tally:
    """Sound plants, those with a fault, and those with one that no meter shows."""

    sound: Group = field(default_factory=Group)
    faulted: Group = field(default_factory=Group)
    not_shown: Group = field(default_factory=Group)
    by_fault: defaultdict[tuple[str, str], Group] = field(
        default_factory=lambda: defaultdict(Group)
    )

    def add(self, case: Case) -> None:
        """Count one case; a KPI whose meters have no fault counts as it would in a sound plant."""
        if case.fault is None:
            self.sound.add(case)
            return
        group = self.faulted if is_shown(case.fault) or not case.concerned else self.not_shown
        group.add(case)
        if case.concerned or kind_of(case.fault) == "volume":
            self.by_fault[case.fault.kind.value, kind_of(case.fault)].add(case)


def tally(seeds: Iterable[int], days: int) -> Tally:
    counted = Tally()
    for case in plants(seeds, days):
        counted.add(case)
    return counted
