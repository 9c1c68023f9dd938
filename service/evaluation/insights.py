"""What follows from the long past beside the KPIs: heat chain, balances, outlook, cross-checks."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from charter_rules.findings import Finding
from charter_rules.law.rulebook import RuleBook
from models.balance.site_balances import BalancesView, SiteBalances
from models.balance.site_balances import doubts as balance_doubts
from models.forecast.outlook import ForecastView, Outlook, ShiftView
from models.heat.chain import HeatChain, HeatChainView
from models.heat.handover import doubts as heat_doubts
from models.heat.statement import HeatStatement
from models.kpi.measurement import SiteReadings
from models.kpi.result import Doubt, KpiResult
from models.metering.registers import SiteRegisters
from models.metering.sums import SiteSums
from models.plausibility.site_checks import SiteChecks, SuspicionView
from models.registers.gauges import ValueRange
from models.site.power_flow import LiveValues
from models.site.site import Site
from service.evaluation.limits import limits_of
from service.live.snapshot import LiveSnapshot

_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class Insights:
    """Owns what is seen in the readings of a site beside its KPIs, as it was last seen."""

    def __init__(self, site: Site, sums: SiteSums, rulebook: RuleBook) -> None:
        self._site = site
        self._chain = HeatChain(site)
        self._balances = SiteBalances(site)
        self._outlook = Outlook(site, sums)
        self._checks = SiteChecks(site, sums)
        self._least = {rule.id: rule.min_coverage_ratio for rule in rulebook.rules}
        self._heat = HeatChainView()
        self.balances = BalancesView()
        self.forecasts: tuple[ForecastView, ...] = ()
        self.shifts: tuple[ShiftView, ...] = ()
        self.statements: tuple[HeatStatement, ...] = ()
        self.suspicions: tuple[SuspicionView, ...] = ()
        self._failing: set[str] = set()

    def begin_with(self, before: LiveSnapshot) -> None:
        """Show what a picture of a moment ago says, until each part has had its turn."""
        self._heat, self.balances = before.heat, before.balances
        self.forecasts, self.shifts = before.forecasts, before.shifts
        self.statements, self.suspicions = before.statements, before.suspicions

    def registers(self) -> tuple[str, ...]:
        """Registers that are read by the hour."""
        parts = (self._chain, self._balances, self._outlook, self._checks)
        return tuple(dict.fromkeys(key for part in parts for key in part.registers()))

    def gauges(self) -> Mapping[str, tuple[ValueRange, ...]]:
        """Gauges that are read by the hour."""
        parts = (self._chain, self._balances, self._outlook, self._checks)
        return {key: ranges for part in parts for key, ranges in part.gauges().items()}

    def fine_gauges(self) -> tuple[str, ...]:
        """Gauges that are read by the five minutes as well, since the day began."""
        return tuple(self._chain.gauges())

    def doubts(self) -> tuple[Doubt, ...]:
        """The meters that heat chain and balances accuse."""
        found = (*heat_doubts(self._heat.figures), *balance_doubts(self.balances))
        return tuple(dict.fromkeys(found))

    def heat(self, values: LiveValues) -> HeatChainView:
        """The heat chain, with its pumps as they are now."""
        return HeatChainView(
            exchanger=self._heat.exchanger,
            pumps=self._chain.pumps(values),
            figures=self._heat.figures,
            missed=self._heat.missed,
        )

    async def look(
        self,
        long: tuple[SiteReadings, SiteRegisters],
        fine: tuple[SiteReadings, SiteRegisters],
        now: datetime,
    ) -> None:
        """Heat chain and balances, from readings by the hour and by the five minutes."""
        readings, registers = long
        view_heat = partial(
            self._chain.view,
            now,
            hourly=readings,
            hourly_registers=registers,
            fine=fine[0],
            fine_registers=fine[1],
        )
        self._heat = await self._tried("heat", view_heat, HeatChainView())
        self.balances = await self._tried(
            "balances", partial(self._balances.view, readings, registers, now), BalancesView()
        )

    async def look_ahead(
        self,
        long: tuple[SiteReadings, SiteRegisters],
        now: datetime,
        annual: Sequence[KpiResult],
        of_today: Sequence[Finding],
        of_year_end: Sequence[Finding],
    ) -> None:
        """The year's end, lasting shifts, heat statements and cross-checks."""
        readings, registers = long
        ahead = partial(
            self._outlook.forecasts,
            readings,
            registers,
            now,
            annual,
            limits_of(of_year_end, self._least),
        )
        self.forecasts = await self._tried("forecasts", ahead, ())
        self.shifts = await self._tried(
            "shifts", partial(self._outlook.shifts, readings, registers, now), ()
        )
        self.statements = await self._tried(
            "statements", partial(self._chain.handover.statements, readings, registers, now), ()
        )
        limits = limits_of(of_today, self._least)
        self.suspicions = await self._tried(
            "suspicions", partial(self._checks.suspicions, readings, registers, now, limits), ()
        )

    async def _tried(self, part: str, work: Callable[[], _T], nothing: _T) -> _T:
        """What a part finds. One that fails on what was read stays empty, and takes no other along.

        The figures and verdicts do not hang on it; whoever is on shift is told once.
        """
        try:
            found = await asyncio.to_thread(work)
        except (ArithmeticError, LookupError, ValueError):
            if part not in self._failing:
                log.exception("part_failed", part=part)
            self._failing.add(part)
            return nothing
        self._failing.discard(part)
        return found
