"""Since when the past shows a breach: nights, inspections and duties, on the plant's readings."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from charter_rules.breaches.beginning import Beginning
from charter_rules.facts import (
    Author,
    Declaration,
    IcpeRegime,
    Inspection,
    NoiseRegime,
    SiteFacts,
)
from charter_rules.findings import MISSED, Verdict
from charter_rules.judging.engine import evaluate
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import Rule
from models.kpi.result import KpiResult
from models.legal_time.nights import night_before
from models.readings import Window
from models.registers.samples import Samples
from models.site.dated import FactsFrom
from service.evaluation.past_verdicts import PastVerdicts
from service.site.facts import facts_of
from tests.service.evaluation.test_evaluator import NOW, SITE, PlantHistory

pytestmark = pytest.mark.asyncio

FACTS = facts_of(SITE)
RULES = {rule.id: rule for rule in load_rulebook().rules}
# Every night of the plant is louder, and nothing is asked of the site.
LOUD = replace(
    RULES["icpe_noise_boundary_night"],
    applies_when=(),
    # Wind takes most of some nights.
    min_coverage_ratio=0.05,
    parameter=replace(
        RULES["icpe_noise_boundary_night"].parameter,
        values=replace(
            RULES["icpe_noise_boundary_night"].parameter.values,
            entries=(
                replace(RULES["icpe_noise_boundary_night"].parameter.values.entries[0], value=10.0),
            ),
        ),
    ),
)


class DeafHistory(PlantHistory):
    """The plant's meters, but for some hours in which nothing was read."""

    def __init__(self, start: datetime, end: datetime) -> None:
        super().__init__()
        self._deaf = (start, end)
        self.reads: list[tuple[datetime, datetime]] = []

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        self.reads.append((start, end))
        found = await super().samples(keys, start, end, step)
        first, stop = (int(at.timestamp() * 1e6) for at in self._deaf)
        return {key: one.upto(first).then(one.since(stop)) for key, one in found.items()}


async def began(
    rule: Rule,
    facts: SiteFacts = FACTS,
    history: PlantHistory | None = None,
    window: Window | None = None,
) -> Beginning:
    """Where the breach that is noticed now began."""
    book = replace(load_rulebook(), rules=(rule,))
    kpis = {}
    if window is not None:
        kpis[rule.kpi, window.name] = KpiResult(
            kpi=rule.kpi,
            window=window,
            unit="dB(A)",
            value=60.0,
            expanded_uncertainty=2.0,
            coverage_ratio=1.0,
        )
    (finding,) = evaluate(book, facts, kpis, NOW.date())
    assert finding.verdict in MISSED
    past = PastVerdicts(SITE, history or PlantHistory(), book)
    return (await past.beginnings([finding], facts, NOW))[rule.id]


async def test_nights_in_a_row_are_one_breach_up_to_the_night_of_which_nothing_is_known() -> None:
    deaf = night_before(date(2026, 11, 10))

    found = await began(
        LOUD, history=DeafHistory(deaf.start, deaf.end), window=night_before(NOW.date())
    )

    # The night after the silence, from 22:00 in Paris on.
    assert found == Beginning(
        at=datetime(2026, 11, 10, 21, tzinfo=UTC), preceded_by=Verdict.INSUFFICIENT_DATA
    )


async def test_a_breach_that_begins_now_is_followed_back_for_a_week_alone() -> None:
    deaf = night_before(date(2026, 11, 19))
    history = DeafHistory(deaf.start, deaf.end)

    found = await began(LOUD, history=history, window=night_before(NOW.date()))

    assert found.at == night_before(date(2026, 11, 20)).start
    assert min(start for start, _ in history.reads) > NOW - timedelta(days=9)


async def test_facts_of_the_day_end_the_way_back() -> None:
    """It is asked of sites under authorisation, which this one is since 12 November."""
    rule = replace(LOUD, applies_when=RULES["icpe_noise_boundary_night"].applies_when)
    became = FactsFrom(
        date(2026, 11, 12),
        (("noise_regime", NoiseRegime.ICPE), ("icpe_regime", IcpeRegime.AUTHORISATION)),
    )

    found = await began(rule, replace(FACTS, changes=(became,)), window=night_before(NOW.date()))

    assert found == Beginning(
        at=night_before(date(2026, 11, 12)).start, preceded_by=Verdict.NOT_APPLICABLE
    )


async def test_an_inspection_shows_it_from_the_day_of_its_measurement() -> None:
    inspection = Inspection(
        kpi="noise_emergence_night",
        measured_on=date(2026, 11, 2),
        received_on=date(2026, 11, 18),
        value=9.0,
        expanded_uncertainty=1.5,
        level_dba=40.0,
        document="report",
    )

    found = await began(RULES["csp_noise_night"], replace(FACTS, inspections=(inspection,)))

    # Midnight in Paris.
    assert found.at == datetime(2026, 11, 1, 23, tzinfo=UTC)
    assert found.preceded_by not in MISSED


async def test_a_duty_that_was_not_done_is_shown_from_the_day_on_which_that_was_known() -> None:
    said = Declaration(
        key="spectral_emergence_kept",
        made=False,
        made_on=None,
        received_on=date(2026, 11, 4),
        for_year=None,
        document="report",
        author=Author.INSPECTOR,
    )

    found = await began(RULES["csp_noise_spectral"], replace(FACTS, declarations=(said,)))

    assert found == Beginning(
        at=datetime(2026, 11, 3, 23, tzinfo=UTC), preceded_by=Verdict.INSUFFICIENT_DATA
    )
