"""What changes by the hour: the heat chain's state and the agreement of the meters."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from models.site.site import Site
from service.evaluation.consistency import JUDGED, LEARNED, Consistency
from service.evaluation.heat_chain import HeatChain
from service.evaluation.ledger import LongLedger
from service.evaluation.ports import ReadingHistory
from service.evaluation.windows import month, today
from service.live.balances import BalancesView
from service.live.heat import HeatChainView, MissedHeatView
from service.live.snapshot import PointView

_FINE = timedelta(minutes=5)
_WEEKS = JUDGED + LEARNED + timedelta(hours=3)


class SlowViews:
    """Owns the samples of the last five weeks and what is seen in them."""

    def __init__(self, site: Site, history: ReadingHistory) -> None:
        self._history = history
        self._chain = HeatChain(site)
        self._consistency = Consistency(site)
        weekly = (
            *self._chain.trend_keys(),
            *self._chain.figure_keys(),
            *self._chain.missed_keys(),
            *self._consistency.keys(),
        )
        self._weeks = LongLedger(history, tuple(dict.fromkeys(weekly)))
        self._heat = HeatChainView()
        self.balances = BalancesView()

    def yearly_keys(self) -> tuple[str, ...]:
        """What the heat statements of a year are made of."""
        return (*self._chain.figure_keys(), *self._chain.requested_keys())

    def forget(self) -> None:
        """Read everything again at the next refresh."""
        self._weeks.forget()

    async def refresh(self, now: datetime) -> None:
        """Compute everything anew; raises StoreAway."""
        weeks = await self._weeks.refresh(now - _WEEKS, now)
        recent = await self._history.samples(
            self._chain.trend_keys(), now - timedelta(hours=2), now, _FINE
        )
        day = today(now)
        fine = tuple(dict.fromkeys(self._chain.figure_keys() + self._chain.missed_keys()))
        of_day = await self._history.samples(
            fine, day.window.start - _FINE, day.window.end + _FINE, _FINE
        )
        this_month = month(now)
        chain = self._chain
        self._heat = await asyncio.to_thread(
            lambda: HeatChainView(
                exchanger=chain.exchanger(recent, weeks, now),
                figures=chain.figures(day, of_day) + chain.figures(this_month, weeks),
                missed=_named(chain.missed(day, of_day), chain.missed(this_month, weeks)),
            )
        )
        self.balances = await asyncio.to_thread(self._consistency.view, weeks, now)

    def heat(self, points: Mapping[str, PointView]) -> HeatChainView:
        """The heat chain with its pumps as they are now."""
        return HeatChainView(
            exchanger=self._heat.exchanger,
            pumps=self._chain.pumps(points),
            figures=self._heat.figures,
            missed=self._heat.missed,
        )


def _named(*views: MissedHeatView | None) -> dict[str, MissedHeatView]:
    return {view.window: view for view in views if view is not None}
