"""Explains the figures and points of one site when somebody asks, from the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from collectors.raw import RawPoint
from models.kpi.definition import DECLARED_WINDOWS
from models.kpi.registry import KPIS, is_given_for
from models.kpi.result import Doubt, KpiResult
from models.readings import Window
from service.evaluation.on_demand import written_window
from service.evaluation.one_window import OneWindow
from service.evaluation.periods import GRAIN_OF, Grain, grain_of_period
from service.evaluation.ports import ReadingHistory
from service.explain.figure import FigureExplanation, explain_declared, explain_kpi
from service.explain.point import PointExplanation, explain_point
from service.explain.wiring import wiring_of
from service.site.site import InstalledSite


class RawReader(Protocol):
    """Reads the last words of points; raises StoreAway."""

    async def raw_of(self, keys: Sequence[str]) -> dict[str, RawPoint]:
        """Those of some points; nothing of those that were never tried."""
        ...


class SiteExplainer:
    """Measures a figure again, by its own points alone, to tell what it is made of."""

    def __init__(self, installed: InstalledSite, history: ReadingHistory, words: RawReader) -> None:
        self._installed, self._words = installed, words
        self._one_window = OneWindow(installed.site, history)

    async def figure_shown(self, result: KpiResult) -> FigureExplanation | None:
        """A figure of the snapshot, over the very window that it is shown for.

        Raises
        ------
        StoreAway
            If the store cannot be reached.
        """
        if result.window.name in DECLARED_WINDOWS:
            return explain_declared(result)
        grain = GRAIN_OF.get(result.window.name) or grain_of_period(result.window)
        return await self._explained(result.kpi, result.window, grain, result.doubts)

    async def figure_over(self, kpi: str, period: str, now: datetime) -> FigureExplanation | None:
        """A KPI over a written period as far as it is over; None where it is not given for it.

        Raises
        ------
        PeriodError
            If no period is written so.
        StoreAway
            If the store cannot be reached.
        """
        window = written_window(period, now)
        if window is None or not is_given_for(KPIS[kpi], window):
            return None
        return await self._explained(kpi, window, grain_of_period(window), ())

    async def points(self, keys: Sequence[str]) -> list[PointExplanation]:
        """Some points of the site, from their wiring to their words; raises StoreAway."""
        known = self._installed.site.points
        own = [key for key in keys if key in known]
        words = await self._words.raw_of(own)
        return [
            explain_point(known[key], wiring_of(self._installed, key), words.get(key))
            for key in own
        ]

    async def _explained(
        self, kpi: str, window: Window, grain: Grain, doubts: Sequence[Doubt]
    ) -> FigureExplanation | None:
        wanted = KPIS[kpi]
        measured = await self._one_window.measurement([wanted], window, grain, doubts)
        return explain_kpi(wanted, measured)
