"""The small series of one site, as they were last computed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from models.kpi.charts import CHARTS, SeriesView, series_of_chart
from models.kpi.measurement import Measurement, SiteReadings
from models.metering.registers import SiteRegisters
from models.metering.sums import SiteSums
from models.readings import Window
from models.site.site import Site
from service.evaluation.periods import settled_end
from service.evaluation.results import LongPast


class SiteCharts:
    """Owns the series of one site."""

    def __init__(self, site: Site, sums: SiteSums) -> None:
        self._site, self._sums = site, sums
        self.series: dict[str, SeriesView] = {}

    async def of_day(self, past: LongPast, now: datetime) -> None:
        """PUE and recovered heat of the last 24 whole hours."""
        await self._draw(("pue_24h", "heat_24h"), settled_end(now), *past)

    async def of_year(self, past: LongPast, now: datetime) -> None:
        """WUE and ERF of the last twelve calendar months, the current one included."""
        await self._draw(("wue_12months", "erf_12months"), settled_end(now), *past)

    async def of_nights(self, levels: SiteReadings, nights: Sequence[Window]) -> None:
        """Emergence of the last nights."""
        await self._over(("noise_night_14",), nights, levels, None)

    async def _draw(
        self, names: Sequence[str], end: datetime, readings: SiteReadings, registers: SiteRegisters
    ) -> None:
        await self._over(names, CHARTS[names[0]].windows(end), readings, registers)

    async def _over(
        self,
        names: Sequence[str],
        windows: Sequence[Window],
        readings: SiteReadings,
        registers: SiteRegisters | None,
    ) -> None:
        """Charts over the same windows share what is measured in them."""
        measured = Measurement(self._site, self._sums, readings, windows, registers)
        for name in names:
            found = await asyncio.to_thread(series_of_chart, CHARTS[name], measured)
            if found is not None:
                self.series[name] = found
