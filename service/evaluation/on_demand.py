"""The KPIs of any written period, read from the store when somebody asks."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from models.heat.handover import Handover
from models.heat.handover import doubts as second_doubts
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import KPIS, measure
from models.kpi.result import KpiResult
from models.kpi.wanted import wanted_points
from models.legal_time.periods import parse_period
from models.metering.registers import SiteRegisters
from models.readings import Window
from models.site.site import Site, site_sums
from service.evaluation.periods import STEP, Grain, grain_of_period, settled_end
from service.evaluation.ports import ReadingHistory
from service.evaluation.reader import SiteReader

_EDGE = timedelta(hours=1)


class PeriodReader:
    """Measures one period at a time: each reads the store as far as the period reaches."""

    def __init__(self, site: Site, history: ReadingHistory) -> None:
        self._site, self._history = site, history
        self._sums = site_sums(site)
        self._wanted = wanted_points(KPIS.values(), site, self._sums)
        self._handover = Handover(site)
        self._one_at_a_time = asyncio.Lock()

    async def kpis_over(self, text: str, now: datetime) -> tuple[KpiResult, ...]:
        """The KPIs of a period such as ``2025-Q3``, or of its part that is over.

        Raises
        ------
        PeriodError
            If no period is written so.
        StoreAway
            If the store cannot be reached.
        """
        whole, end = parse_period(text, now), settled_end(now)
        window = Window(
            name=whole.name,
            start=min(whole.start, end),
            end=min(whole.end, end),
            closed=whole.closed and whole.end <= end,
        )
        if window.end <= window.start:
            return ()
        async with self._one_at_a_time:
            return await self._over(window)

    async def _over(self, window: Window) -> tuple[KpiResult, ...]:
        reader = SiteReader(
            self._history,
            self._wanted,
            further_registers=self._handover.registers(),
            further_gauges=self._handover.gauges(),
            fine_gauges=tuple(self._handover.gauges()),
        )
        await reader.look_for_imports()
        grain = grain_of_period(window)
        if grain is Grain.DAY:
            readings = await reader.day((window,))
        else:
            readings = await reader.long(window.start - _EDGE, window.end, window.end + _EDGE)
        return await asyncio.to_thread(self._measured, readings, window, grain)

    def _measured(
        self, readings: SiteReadings, window: Window, grain: Grain
    ) -> tuple[KpiResult, ...]:
        """Its KPIs, with the heat meters in doubt that a second calculation over it contradicts."""
        registers = SiteRegisters(self._site.tree, readings.registers, readings.gauges)
        step_us = STEP[grain] // timedelta(microseconds=1)
        second = self._handover.figures(window, step_us, readings, registers)
        told = replace(readings, doubts=second_doubts(second))
        return tuple(measure(Measurement(self._site, self._sums, told, (window,), registers)))
