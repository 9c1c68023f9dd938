"""The KPIs of one site, kept between their turns: each window as often as it changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import declared, measure
from models.kpi.result import Doubt, KpiResult
from models.legal_time.calendar_spans import calendar_months
from models.metering.registers import SiteRegisters, StandingMeter
from models.metering.sums import SiteSums
from models.readings import Window
from models.site.site import Site
from service.evaluation.periods import Grain, settled_end, windows_of
from service.evaluation.reader import SiteReader

LongPast = tuple[SiteReadings, SiteRegisters]

# Beside the windows: a season for the forecast before the twelve months.
_SEASON = timedelta(days=31)
_MONTHS = 12
# What the chart of the last 24 whole hours needs.
_CHARTED = timedelta(hours=26)


class SiteResults:
    """Measures the windows of a site and keeps the newest result of each KPI and window."""

    def __init__(self, site: Site, sums: SiteSums, reader: SiteReader) -> None:
        self._site, self._sums, self._reader = site, sums, reader
        self._found = {(r.kpi, r.window.name): r for r in declared(site.declared)}
        self._begun_with: dict[tuple[str, str], KpiResult] = {}
        self._quarter: tuple[Window, ...] = ()
        self.standing: tuple[StandingMeter, ...] = ()
        # What the diagnosis knows of meters; it comes slower than the figures.
        self.doubts: tuple[Doubt, ...] = ()
        # What the readings of one grain tell holds for the figures of the others too.
        self._of_grain: dict[Grain, tuple[Doubt, ...]] = {}

    def begin_with(self, results: Sequence[KpiResult]) -> None:
        """Show these, of a moment ago, until own ones take their place."""
        self._begun_with = {(one.kpi, one.window.name): one for one in results}

    @property
    def all(self) -> tuple[KpiResult, ...]:
        """Every result."""
        return tuple(self.by_name.values())

    @property
    def by_name(self) -> dict[tuple[str, str], KpiResult]:
        """Every result by KPI and window."""
        return {**self._begun_with, **self._found}

    async def quarter(self, now: datetime) -> None:
        """Which meters stand still now, and the last fifteen minutes where they are other ones."""
        windows = windows_of(Grain.QUARTER, settled_end(now))
        newest = await self._reader.quarter_registers(windows)
        standing = await asyncio.to_thread(_standing, SiteRegisters(self._site.tree, newest))
        if (windows, standing) == (self._quarter, self.standing):
            return
        readings = await self._reader.quarter(windows)
        registers = await self._measured(readings, windows, Grain.QUARTER)
        self._quarter, self.standing = windows, registers.standing

    async def day(self, now: datetime) -> LongPast:
        """The hours and the day, with 24 hours of their readings."""
        end = settled_end(now)
        windows = windows_of(Grain.DAY, end)
        readings = await self._reader.day(windows, since=end - _CHARTED)
        return readings, await self._measured(readings, windows, Grain.DAY)

    async def long(self, now: datetime) -> LongPast:
        """Weeks to years, running and closed."""
        end = settled_end(now)
        windows = windows_of(Grain.LONG, end)
        readings = await self._reader.long(long_start(windows, end), end, now)
        return readings, await self._measured(readings, windows, Grain.LONG)

    async def noise(self, now: datetime, nights: Sequence[Window]) -> SiteReadings:
        """The last day and night; levels reach back over some nights."""
        windows = windows_of(Grain.NOISE, now)
        start = min(one.start for one in (*windows, *nights))
        readings = await self._reader.levels(start, now)
        await self._measured(readings, windows, Grain.NOISE)
        return readings

    async def _measured(
        self, readings: SiteReadings, windows: Sequence[Window], grain: Grain
    ) -> SiteRegisters:
        told = dict.fromkeys(chain(self.doubts, *self._of_grain.values()))
        measured = Measurement(
            self._site, self._sums, replace(readings, doubts=tuple(told)), windows
        )
        for result in await asyncio.to_thread(measure, measured):
            self._found[result.kpi, result.window.name] = result
        self._of_grain[grain] = measured.registers.doubts
        return measured.registers


def long_start(windows: Sequence[Window], end: datetime) -> datetime:
    """Where the long past begins: with the earliest window, or thirteen months back."""
    months = next(calendar_months(end, _MONTHS)).start - _SEASON
    return min(months, *(one.start for one in windows))


def _standing(registers: SiteRegisters) -> tuple[StandingMeter, ...]:
    return registers.standing
