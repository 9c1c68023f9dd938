"""One period of a site, read from the store and measured when somebody asks for it."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from models.heat.handover import Handover
from models.heat.handover import doubts as second_doubts
from models.kpi.definition import Kpi
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.result import Doubt
from models.kpi.wanted import wanted_points
from models.metering.registers import SiteRegisters
from models.readings import Window
from models.site.site import Site, site_sums
from service.evaluation.periods import STEP, Grain
from service.evaluation.ports import ReadingHistory
from service.evaluation.reader import SiteReader

_EDGE = timedelta(hours=1)


class OneWindow:
    """Measures one period at a time: each reads the store as far as the period reaches."""

    def __init__(self, site: Site, history: ReadingHistory) -> None:
        self.site = site
        self.sums = site_sums(site)
        self._history = history
        self._handover = Handover(site)
        self._one_at_a_time = asyncio.Lock()

    async def measurement(
        self, kpis: Iterable[Kpi], window: Window, grain: Grain, doubts: Iterable[Doubt] = ()
    ) -> Measurement:
        """The site over a window, with what some KPIs need; raises StoreAway.

        ``doubts`` are what is known of meters already; heat meters that a second calculation over
        the window contradicts are added.
        """
        async with self._one_at_a_time:
            readings = await self._read(kpis, window, grain)
            return await asyncio.to_thread(self._measured, readings, window, grain, tuple(doubts))

    async def _read(self, kpis: Iterable[Kpi], window: Window, grain: Grain) -> SiteReadings:
        reader = SiteReader(
            self._history,
            wanted_points(kpis, self.site, self.sums),
            further_registers=self._handover.registers(),
            further_gauges=self._handover.gauges(),
            fine_gauges=tuple(self._handover.gauges()),
        )
        await reader.look_for_imports()
        if grain is Grain.NOISE:
            # What the last ten minutes were is shown in those that follow.
            return await reader.levels(window.start, window.end + STEP[grain])
        if grain is Grain.LONG:
            return await reader.long(window.start - _EDGE, window.end, window.end + _EDGE)
        return await reader.fine(grain, (window,))

    def _measured(
        self, readings: SiteReadings, window: Window, grain: Grain, doubts: tuple[Doubt, ...]
    ) -> Measurement:
        registers = SiteRegisters(self.site.tree, readings.registers, readings.gauges)
        step_us = STEP[grain] // timedelta(microseconds=1)
        second = self._handover.figures(window, step_us, readings, registers)
        told = tuple(dict.fromkeys((*doubts, *second_doubts(second))))
        return Measurement(
            self.site, self.sums, replace(readings, doubts=told), (window,), registers
        )
