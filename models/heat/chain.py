"""The heat chain of a site: its exchanger and pumps, two figures of the heat, missed heat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan

import numpy as np

from models.heat.handover import Handover, TwoFiguresView
from models.heat.heat_pump import STANDING_BELOW_KW, carnot_fraction_ratio, cop_ratio
from models.heat.missed import HeatOffer, missed_heat
from models.heat.site_exchanger import ExchangerView, exchanger_points, exchanger_view
from models.kpi.measurement import SiteReadings
from models.legal_time.days import to_us
from models.legal_time.periods import named_period
from models.metering.registers import SiteRegisters
from models.readings import FloatArray, Window
from models.registers.gauges import ValueRange
from models.registers.steps import mean_by_step, whole_steps
from models.site.devices import point_key
from models.site.power_flow import LiveValues
from models.site.site import Site

_HOUR_US = 3_600_000_000
FINE_STEP = timedelta(minutes=5)
_FINE_US = FINE_STEP // timedelta(microseconds=1)
# What a district controller may leave unanswered; the machines' own reckoning of heat.
_ASK_TOLERANCE_KW = 5.0
_MACHINE_U_RATIO = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatPumpView:
    """One heat pump now: COP and its share of the Carnot limit; None while it stands still."""

    id: str
    label_fr: str
    label_en: str
    cop: float | None
    carnot_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedHeatView:
    """Heat rejected outdoors while the takers still asked for some."""

    window: str
    missed_kwh: float
    expanded_uncertainty_kwh: float | None
    coverage_ratio: float
    asked_ratio: float
    limited_by_machine_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatChainView:
    """The whole chain."""

    exchanger: ExchangerView | None = None
    pumps: tuple[HeatPumpView, ...] = ()
    figures: tuple[TwoFiguresView, ...] = ()
    missed: Mapping[str, MissedHeatView] | None = None


class HeatChain:
    """Which points of a site the chain is seen through; fixed.

    Two sets of readings are wanted: *hourly*, gauges by the hour over the last five weeks
    (:data:`models.heat.site_exchanger.TREND`) or since the month began; and *fine*, gauges by
    :data:`FINE_STEP` since the legal day began, and at least over the last hour. The registers of
    :meth:`registers` go with both.

    Parameters
    ----------
    site : Site
        The site.
    """

    def __init__(self, site: Site) -> None:
        """Find the meters of the hand-over."""
        self._site = site
        self.handover = Handover(site)

    def registers(self) -> tuple[str, ...]:
        """Registers of the hand-over meters."""
        return self.handover.registers()

    def gauges(self) -> Mapping[str, tuple[ValueRange, ...]]:
        """Gauges of the exchanger, of the hand-over, and of what was asked and given."""
        keys = list(exchanger_points(self._site.exchanger))
        offer = self._site.heat_offer
        if offer is not None:
            keys += [offer.requested, *offer.delivered, *offer.rejected]
            keys += [*offer.heat_pump_heat, *offer.heat_pump_power]
        return {**dict.fromkeys(keys, ()), **self.handover.gauges()}

    def view(
        self,
        now: datetime,
        *,
        hourly: SiteReadings,
        hourly_registers: SiteRegisters,
        fine: SiteReadings,
        fine_registers: SiteRegisters,
    ) -> HeatChainView:
        """The chain without its pumps: its state now, today and this month.

        Parameters
        ----------
        now : datetime
            Up to when everything is known.
        hourly, fine : SiteReadings
            As the class says.
        hourly_registers, fine_registers : SiteRegisters
            Registers that reach over the month and over the day.

        Returns
        -------
        HeatChainView
            Missed heat by the name of its window.
        """
        today, month = named_period("today", now), named_period("month", now)
        exchanger = self._site.exchanger
        missed = (self.missed(today, _FINE_US, fine), self.missed(month, _HOUR_US, hourly))
        return HeatChainView(
            exchanger=None
            if exchanger is None
            else exchanger_view(exchanger, hourly.gauges, fine.gauges, now),
            figures=self.handover.figures(today, _FINE_US, fine, fine_registers)
            + self.handover.figures(month, _HOUR_US, hourly, hourly_registers),
            missed={one.window: one for one in missed if one is not None},
        )

    def pumps(self, values: LiveValues) -> tuple[HeatPumpView, ...]:
        """COP and Carnot fraction of each heat pump now, from the fresh values of points."""
        return tuple(self._pump(one, values) for one in self._site.heat_pumps)

    def _pump(self, pump: str, values: LiveValues) -> HeatPumpView:
        def now(name: str) -> FloatArray:
            return np.array([values.get(point_key(pump, name), np.nan)])

        cop = cop_ratio(now("heat_power_kw"), now("active_power_kw"), STANDING_BELOW_KW)
        fraction = carnot_fraction_ratio(
            cop, now("sink_outlet_temp_degc"), now("source_outlet_temp_degc")
        )
        device = self._site.devices[pump]
        return HeatPumpView(
            id=pump,
            label_fr=device.label_fr,
            label_en=device.label_en,
            cop=_known(float(cop[0])),
            carnot_ratio=_known(float(fraction[0])),
        )

    def missed(self, window: Window, step_us: int, readings: SiteReadings) -> MissedHeatView | None:
        """Heat rejected over a window while the takers asked for more than they got.

        Parameters
        ----------
        window : Window
            Its whole steps count.
        step_us : int
            Step over which powers are taken as even. [us]
        readings : SiteReadings
            Gauges over steps as long or shorter.

        Returns
        -------
        MissedHeatView or None
            None where the site does not say what was asked, or nothing is known.
        """
        offer = self._site.heat_offer
        edges = whole_steps(to_us(window.start), to_us(window.end), step_us)
        if offer is None or len(edges) < 2:
            return None

        def total(keys: Sequence[str]) -> FloatArray:
            each = [mean_by_step(readings.gauges, key, edges) for key in keys]
            return np.asarray(np.sum(each, axis=0))

        heat, power = total(offer.heat_pump_heat), total(offer.heat_pump_power)
        found = missed_heat(
            HeatOffer(
                rejected_kw=total(offer.rejected),
                asked_kw=total((offer.requested,)),
                delivered_kw=total(offer.delivered),
                machine_limit_kw=offer.machine_limit_kw,
                cop=cop_ratio(heat, power, STANDING_BELOW_KW),
                step_h=step_us / _HOUR_US,
            ),
            rejected_u_ratio=_MACHINE_U_RATIO,
            asked_u_ratio=_MACHINE_U_RATIO,
            tolerance_kw=_ASK_TOLERANCE_KW,
        )
        if found.coverage_ratio == 0.0 or isnan(found.missed_kwh):
            return None
        return MissedHeatView(
            window=window.name,
            missed_kwh=found.missed_kwh,
            expanded_uncertainty_kwh=_known(found.expanded_uncertainty_kwh),
            coverage_ratio=found.coverage_ratio,
            asked_ratio=found.asked_ratio,
            limited_by_machine_ratio=found.limited_by_machine_ratio,
        )


def _known(value: float) -> float | None:
    return None if isnan(value) else value
