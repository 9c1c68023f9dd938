"""How long those wait who look at a store: who starts, who refreshes, who draws a chart."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import RuleBook
from models.kpi.registry import KPIS
from models.kpi.wanted import wanted_points
from models.site.site import Site, site_sums
from service.evaluation.closed_periods import ClosedSpan
from service.evaluation.evaluator import Evaluator
from service.evaluation.ports import RollupSpan
from service.evaluation.reader import SiteReader
from service.evaluation.results import SiteResults
from service.live.board import SnapshotBoard
from service.site.facts import facts_of
from service.storage.connection import open_pool
from service.storage.history import StoredHistory
from service.storage.kpi_results import StoredKpis
from service.storage.point_past import StoredPointPast
from tests.service.board_outlet import BoardOutlet

# What a chart draws at most.
_CHARTED = 2000
_FORTNIGHT, _YEAR = timedelta(days=14), timedelta(days=365)
_POINT = "intake_a.power"
_ROUNDS, _STARTS = 15, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """The least of some rounds, in seconds: what else runs on the machine only adds to it."""

    start_s: float
    newest_s: float
    quarter_s: float
    hours_s: float
    days_s: float
    year_of_hours_s: float
    kpi_fortnight_s: float
    kpi_year_s: float


async def looks_at(dsn: str, site: Site, now: datetime) -> Looks:
    """Every look, by a clock that stands at an instant."""
    start_s = await _least(lambda: first_look(dsn, site, now), _STARTS)
    async with open_pool(dsn) as pool:
        history = StoredHistory(pool, site.identity.id, now=lambda: now)
        past = StoredPointPast(pool, site.identity.id)
        kept = StoredKpis(pool, site.identity.id)

        async def chart(span: RollupSpan, back: timedelta) -> None:
            await past.rollups(_POINT, span, (now - back, now), _CHARTED)

        async def kpis(back: timedelta) -> None:
            asked = now - back, now
            await kept.results("pue", ClosedSpan.DAY, asked, known_at=now, limit=_CHARTED)

        results = _results(site, history)
        return Looks(
            start_s=start_s,
            newest_s=await _least(history.latest),
            quarter_s=await _least(lambda: results.quarter(now)),
            hours_s=await _least(lambda: chart(RollupSpan.HOUR, _FORTNIGHT)),
            days_s=await _least(lambda: chart(RollupSpan.DAY, _YEAR)),
            year_of_hours_s=await _least(lambda: chart(RollupSpan.HOUR, _YEAR)),
            kpi_fortnight_s=await _least(lambda: kpis(_FORTNIGHT)),
            kpi_year_s=await _least(lambda: kpis(_YEAR)),
        )


async def first_look(dsn: str, site: Site, now: datetime) -> None:
    """What ``boucle evaluate`` does from its start to its first whole picture, files aside."""
    async with open_pool(dsn) as pool:
        history = StoredHistory(pool, site.identity.id, steers=True, now=lambda: now)
        board = SnapshotBoard()
        evaluator = Evaluator(
            site,
            _rulebook(),
            facts_of(site),
            history,
            BoardOutlet(board),
        )
        await evaluator.look(now)
        await evaluator.show(now)
    assert board.current is not None
    pue = board.current.kpi("pue", "15min")
    assert pue is not None
    assert pue.value is not None, pue


@cache
def _rulebook() -> RuleBook:
    return load_rulebook(charter="paris")


def _results(site: Site, history: StoredHistory) -> SiteResults:
    sums = site_sums(site)
    return SiteResults(site, sums, SiteReader(history, wanted_points(KPIS.values(), site, sums)))


async def _least(work: Callable[[], Awaitable[object]], rounds: int = _ROUNDS) -> float:
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        await work()
        took.append(time.perf_counter() - started)
    return min(took)
