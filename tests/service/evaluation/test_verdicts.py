"""Findings are those of the charter's engine, whether they were judged again or kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from charter_rules.judging.engine import evaluate
from charter_rules.law.loader import load_rulebook
from models.kpi.result import Doubt, DoubtReason
from service.evaluation.verdicts import SiteVerdicts
from service.version import code_version
from tests.service.pages.sample_snapshot import NOW, sample_facts, sample_snapshot

BOOK = load_rulebook(charter="paris")
RESULTS = {(one.kpi, one.window.name): one for one in sample_snapshot().kpis}
TODAY = date(2026, 11, 20)


def test_what_they_hang_on_is_judged_again_and_nothing_else() -> None:
    verdicts = SiteVerdicts(BOOK, sample_facts())
    first = verdicts.on(TODAY, RESULTS, NOW)
    read = {(rule.kpi, rule.window.name) for rule in BOOK.rules}
    unread = next(key for key in RESULTS if key not in read)
    other = {**RESULTS, unread: replace(RESULTS[unread], coverage_ratio=0.123)}
    assert verdicts.on(TODAY, other, NOW) is first

    judged = next(key for key in RESULTS if key in read and RESULTS[key].value is not None)
    doubt = Doubt(meter="intake_a", reason=DoubtReason.FROZEN)
    changed = {**RESULTS, judged: replace(RESULTS[judged], value=1e6, doubts=(doubt,))}
    for day, kpis, known_on in (
        (TODAY, changed, NOW),
        (TODAY, RESULTS, NOW),
        (date(2026, 12, 31), RESULTS, NOW),
        (TODAY, RESULTS, NOW + timedelta(minutes=1)),
        (TODAY, {}, datetime(2026, 11, 20, tzinfo=UTC)),
    ):
        assert verdicts.on(day, kpis, known_on) == evaluate(
            BOOK, sample_facts(), kpis, day, known_on=known_on, code_version=code_version()
        )
