"""Fetches what an evaluation needs of a site, at the grain of its windows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from models.kpi.measurement import SiteReadings
from models.kpi.wanted import WantedPoints
from models.legal_time.days import from_us, to_us
from models.readings import Window
from models.registers.gauges import GaugesByKey, GaugeTotals, ValueRange
from models.registers.samples import NO_SAMPLES, Samples, SamplesByKey
from models.registers.standstill import stands_from_us
from service.evaluation.gauge_cache import GaugeCache
from service.evaluation.periods import STEP, Grain
from service.evaluation.ports import ReadingHistory
from service.evaluation.sample_cache import SampleCache

# Readings just outside a window tell the levels at its edges, and whether the first is a glitch.
_MARGIN = timedelta(minutes=20)
# In so many steps of the same value a register is asked for its witness.
_STOOD_STEPS = {Grain.DAY: 2, Grain.LONG: 1}
_NEWEST = timedelta(minutes=20)
# The first and last of a step are one reading and the next where meters are polled every second or
# slower: a register is seen to stand from the reading on from which it does.
_EVERY_READING, _NOW = timedelta(seconds=1), timedelta(seconds=10)


class SiteReader:
    """Reads one site; the long past is kept and extended.

    ``further`` are points that are read by the hour beside those of the KPIs, with the ranges in
    which the time of gauges is summed; ``fine_gauges`` those that are read finely as well.
    """

    def __init__(
        self,
        history: ReadingHistory,
        wanted: WantedPoints,
        *,
        further_registers: Sequence[str] = (),
        further_gauges: Mapping[str, tuple[ValueRange, ...]] | None = None,
        fine_gauges: Sequence[str] = (),
    ) -> None:
        self._history = history
        self._wanted = wanted
        registers = dict.fromkeys((*wanted.registers, *further_registers))
        self._gauges_of = {**(further_gauges or {}), **wanted.gauges}
        self._fine_gauges = {**dict.fromkeys(fine_gauges, ()), **wanted.gauges}
        self._registers = tuple(registers)
        self.imported: tuple[Window, ...] = ()
        self.forget()

    @property
    def is_behind(self) -> bool:
        """Whether readings of the long past waited to be rolled up when it was read last."""
        return self._samples.is_behind or self._gauges.is_behind

    def forget(self) -> None:
        """Read everything again: the store was away, and may be another one."""
        history, step = self._history, STEP[Grain.DAY]
        self._samples = SampleCache(history, self._registers)
        self._gauges = GaugeCache(history, self._gauges_of)
        self._day_samples = SampleCache(history, self._live_keys(), step)
        self._day_gauges = GaugeCache(history, self._fine_gauges, step)
        self._levels = SampleCache(history, self._wanted.levels, STEP[Grain.NOISE])
        self._witnesses: dict[tuple[Grain, str], GaugeCache] = {}

    async def look_for_imports(self) -> None:
        """Take note of what was imported since; its hours are found by their revision."""
        self.imported = tuple(await self._history.imported_windows())

    async def fine(self, grain: Grain, windows: Sequence[Window]) -> SiteReadings:
        """Readings around windows of a day, or of a quarter of an hour."""
        return await (self.day(windows) if grain is Grain.DAY else self.quarter(windows))

    async def quarter(self, windows: Sequence[Window]) -> SiteReadings:
        """Readings around some windows of a quarter of an hour, from the readings themselves."""
        start, end = _span(windows)
        registers = await self.quarter_registers(windows)
        ranges = self._wanted.gauges
        gauges = await self._history.gauges(tuple(ranges), start, end, STEP[Grain.QUARTER], ranges)
        return SiteReadings(registers=registers, gauges=gauges, imported=self.imported)

    async def quarter_registers(self, windows: Sequence[Window]) -> SamplesByKey:
        """Those of the registers and of their powers alone, up to the newest."""
        start, end = _span(windows)
        known = await self._history.samples(
            self._live_keys(), start - _MARGIN, end - _NOW, STEP[Grain.QUARTER]
        )
        return await self._spliced(known, end - _NOW, end + _MARGIN, _EVERY_READING)

    async def day(self, windows: Sequence[Window], since: datetime | None = None) -> SiteReadings:
        """Readings around some windows of a day and less by five minutes, the newest finely.

        ``since`` reaches further back than the windows.
        """
        start, end = _span(windows)
        start = start if since is None else min(start, since)
        found = await self._day_samples.refresh(start - _MARGIN, end + _MARGIN)
        registers = await self._with_newest(found, end)
        gauges = dict(await self._day_gauges.refresh(start, end))
        gauges |= await self._witnessed(Grain.DAY, registers, gauges, (start, end))
        return SiteReadings(registers=registers, gauges=gauges, imported=self.imported)

    async def long(self, start: datetime, end: datetime, now: datetime) -> SiteReadings:
        """First and last readings by the hour from an instant to now; gauges up to the end."""
        registers = await self._with_newest(await self._samples.refresh(start, now), end)
        gauges = dict(await self._gauges.refresh(start, end))
        gauges |= await self._witnessed(Grain.LONG, registers, gauges, (start, end))
        return SiteReadings(registers=registers, gauges=gauges, imported=self.imported)

    async def _witnessed(
        self,
        grain: Grain,
        registers: SamplesByKey,
        gauges: GaugesByKey,
        span: tuple[datetime, datetime],
    ) -> GaugesByKey:
        """The powers of the registers that stood, from the time they did."""
        start, end = span
        found: dict[str, GaugeTotals] = {}
        for power, since in self._to_witness(registers, _STOOD_STEPS[grain] * STEP[grain]).items():
            if power not in gauges:
                own = self._witnesses.setdefault(
                    (grain, power), GaugeCache(self._history, {power: ()}, STEP[grain])
                )
                found |= await own.refresh(max(since, start), end)
        return found

    async def _with_newest(self, registers: SamplesByKey, end: datetime) -> dict[str, Samples]:
        """Readings with the newest ones finely: a register may stand since a minute ago."""
        return await self._spliced(registers, end - _NEWEST, end + _MARGIN, STEP[Grain.QUARTER])

    async def _spliced(
        self, registers: SamplesByKey, since: datetime, until: datetime, step: timedelta
    ) -> dict[str, Samples]:
        """Readings with those of some time by another step; only live keys are read anew."""
        finely = await self._history.samples(self._live_keys(), since, until, step)
        spliced = {}
        for key, newest in finely.items():
            own = registers.get(key, NO_SAMPLES)
            spliced[key] = own.upto(to_us(since)).then(newest).then(own.since(to_us(until)))
        return {**registers, **spliced}

    def _live_keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._wanted.registers, *self._wanted.powers.values())))

    def _to_witness(self, registers: SamplesByKey, least: timedelta) -> dict[str, datetime]:
        """The powers of the registers that showed one value for so long, and since when.

        The readings that were fetched are too far apart to tell the least power between them;
        that of a register that moves is not asked for.
        """
        least_us = least // timedelta(microseconds=1)
        found = {}
        for register, power in self._wanted.powers.items():
            since_us = stands_from_us(registers.get(register, NO_SAMPLES), least_us)
            if since_us is not None:
                found[power] = from_us(since_us)
        return found

    async def levels(self, start: datetime, end: datetime) -> SiteReadings:
        """Ten-minute reports of sound and wind."""
        found = await self._levels.refresh(start, end)
        return SiteReadings(levels=found, imported=self.imported)


def _span(windows: Sequence[Window]) -> tuple[datetime, datetime]:
    return min(one.start for one in windows), max(one.end for one in windows)
