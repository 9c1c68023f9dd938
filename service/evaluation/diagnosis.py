"""What heat chain and balances know of the meters of a site at any instant, read when asked."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from charter_rules.law.rulebook import RuleBook
from models.kpi.measurement import SiteReadings
from models.kpi.registry import KPIS
from models.kpi.result import Doubt
from models.kpi.wanted import wanted_points
from models.metering.registers import SiteRegisters
from models.site.site import Site, site_sums
from service.evaluation.insights import Insights
from service.evaluation.periods import Grain, windows_of
from service.evaluation.ports import ReadingHistory
from service.evaluation.reader import SiteReader

# Balances look back over five weeks; the day before gives the levels at their beginning.
_BACK = timedelta(days=36)


async def doubts_at(
    site: Site, rulebook: RuleBook, history: ReadingHistory, at: datetime
) -> tuple[Doubt, ...]:
    """The meters that the evaluation accuses by more than their own registers, as of an instant.

    Raises
    ------
    StoreAway
        If the store cannot be reached.
    """
    sums = site_sums(site)
    insights = Insights(site, sums, rulebook)
    reader = SiteReader(
        history,
        replace(wanted_points(KPIS.values(), site, sums), gauges={}),
        further_registers=insights.registers(),
        further_gauges=insights.gauges(),
        fine_gauges=insights.fine_gauges(),
    )
    long = await reader.long(at - _BACK, at, at)
    fine = await reader.day(windows_of(Grain.DAY, at))
    traced = [await asyncio.to_thread(_traced, site, one) for one in (long, fine)]
    await insights.look((long, traced[0]), (fine, traced[1]), at)
    return insights.doubts()


def _traced(site: Site, readings: SiteReadings) -> SiteRegisters:
    return SiteRegisters(site.tree, readings.registers, readings.gauges)
