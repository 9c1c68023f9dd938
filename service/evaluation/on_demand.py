"""The KPIs of any written period, read from the store when somebody asks."""

import asyncio
from datetime import datetime

from models.kpi.measurement import Measurement
from models.kpi.registry import KPIS, measure
from models.kpi.result import KpiResult
from models.legal_time.periods import parse_period
from models.readings import Window
from models.site.site import Site
from service.evaluation.one_window import OneWindow
from service.evaluation.periods import grain_of_period, settled_end
from service.evaluation.ports import ReadingHistory


class PeriodReader:
    """Measures written periods."""

    def __init__(self, site: Site, history: ReadingHistory) -> None:
        self._one_window = OneWindow(site, history)

    async def kpis_over(self, text: str, now: datetime) -> tuple[KpiResult, ...]:
        """The KPIs of a period such as ``2025-Q3``, or of its part that is over.

        Raises
        ------
        PeriodError
            If no period is written so.
        StoreAway
            If the store cannot be reached.
        """
        window = written_window(text, now)
        if window is None:
            return ()
        grain = grain_of_period(window)
        measured = await self._one_window.measurement(KPIS.values(), window, grain)
        return await asyncio.to_thread(_results, measured)


def written_window(text: str, now: datetime) -> Window | None:
    """A written period as far as it is over; None of one to come. Raises PeriodError."""
    whole, end = parse_period(text, now), settled_end(now)
    window = Window(
        name=whole.name,
        start=min(whole.start, end),
        end=min(whole.end, end),
        closed=whole.closed and whole.end <= end,
    )
    return window if window.end > window.start else None


def _results(measured: Measurement) -> tuple[KpiResult, ...]:
    return tuple(measure(measured))
