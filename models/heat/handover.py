"""The hand-over meters of a site: heat by register and by flow x dT, and the monthly statements."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.heat.coefficient import FlowSensorPipe
from models.heat.figures import HeatSteps, two_figures
from models.heat.statement import HeatStatement, TakerSteps, monthly_statement
from models.kpi.measurement import SiteReadings
from models.kpi.result import Doubt, DoubtReason
from models.legal_time.calendar_spans import calendar_months
from models.legal_time.days import day_start, to_us
from models.metering.registers import SiteRegisters
from models.metering.tree import Meter
from models.metering.uncertainty import HeatAccuracy
from models.readings import IntArray, Window
from models.registers.gauges import ValueRange
from models.registers.periods import Periods
from models.registers.steps import mean_by_step, whole_steps
from models.site.devices import device_of, point_key
from models.site.heat import HeatTaker
from models.site.labels import labels_of
from models.site.site import Site

_HOUR_US = 3_600_000_000
_MONTHS = 12
# Means of few readings in a step, while flow and temperatures vary: an engineering value.
_SAMPLING_U_RATIO = 0.003


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoFiguresView:
    """Heat of one meter over a window: its register, and flow and temperatures reckoned again."""

    meter: str
    label_fr: str
    label_en: str
    window: str
    register_kwh: float
    calculated_kwh: float
    difference_kwh: float
    expanded_uncertainty_kwh: float
    disagree: bool
    hint: str | None
    coverage_ratio: float


class Handover:
    """The heat meters at which a site hands heat over; fixed.

    Parameters
    ----------
    site : Site
        Its tree, takers and what they ask for.
    """

    def __init__(self, site: Site) -> None:
        """Find the meters that show their volume and both temperatures."""
        self._site = site
        self._meters = tuple(
            meter
            for one in site.tree.reused_heat().ids
            if _shows_all(meter := site.tree.meters[one], site)
        )
        self._labels = labels_of(site)

    def registers(self) -> tuple[str, ...]:
        """Registers of heat and volume, of these meters and of the takers'."""
        takers = [self._site.tree.meters[one.meter] for one in self._site.takers]
        each = (key for m in (*self._meters, *takers) for key in (m.point, m.volume_point))
        return tuple(dict.fromkeys(key for key in each if key is not None))

    def gauges(self) -> Mapping[str, tuple[ValueRange, ...]]:
        """Their temperatures, and the signal of the takers."""
        takers = [self._site.tree.meters[one.meter] for one in self._site.takers]
        keys = [key for m in (*self._meters, *takers) for key in temperature_points(m)]
        if self._site.heat_offer is not None:
            keys.append(self._site.heat_offer.requested)
        return {key: () for key in keys if key in self._site.points}

    def figures(
        self, window: Window, step_us: int, readings: SiteReadings, registers: SiteRegisters
    ) -> tuple[TwoFiguresView, ...]:
        """Register and reckoning of every meter over the whole steps of a window.

        Parameters
        ----------
        window : Window
            What is compared.
        step_us : int
            Step over which temperatures are taken as even: five minutes for a day, an hour for a
            month. [us]
        readings : SiteReadings
            Gauges over steps as long or shorter.
        registers : SiteRegisters
            The registers, traced.

        Returns
        -------
        tuple of TwoFiguresView
            Without the meters for which no step knows both: there is nothing to compare.
        """
        edges = whole_steps(to_us(window.start), to_us(window.end), step_us)
        if len(edges) < 2:
            return ()
        each = (self._figure(m, window, edges, readings, registers) for m in self._meters)
        return tuple(one for one in each if one.coverage_ratio > 0.0)

    def _figure(
        self,
        meter: Meter,
        window: Window,
        edges_us: IntArray,
        readings: SiteReadings,
        registers: SiteRegisters,
    ) -> TwoFiguresView:
        assert isinstance(meter.accuracy, HeatAccuracy)
        both = two_figures(
            heat_steps(meter, readings, registers, edges_us),
            meter.accuracy,
            FlowSensorPipe.RETURN,
            sampling_u_ratio=_SAMPLING_U_RATIO,
        )
        label_fr, label_en = self._labels[meter.id]
        return TwoFiguresView(
            meter=meter.id,
            label_fr=label_fr,
            label_en=label_en,
            window=window.name,
            register_kwh=both.register_kwh,
            calculated_kwh=both.calculated_kwh,
            difference_kwh=both.difference_kwh,
            expanded_uncertainty_kwh=both.expanded_uncertainty_kwh,
            disagree=both.disagree,
            hint=None if both.hint is None else both.hint.value,
            coverage_ratio=both.coverage_ratio,
        )

    def statements(
        self, readings: SiteReadings, registers: SiteRegisters, now: datetime, months: int = _MONTHS
    ) -> tuple[HeatStatement, ...]:
        """The heat statements of the last legal months, newest first.

        Parameters
        ----------
        readings : SiteReadings
            Gauges by the hour, or over shorter steps of whole hours.
        registers : SiteRegisters
            The registers, traced.
        now : datetime
            Up to when everything is known; the current month ends with the last whole hour.
        months : int
            How many.

        Returns
        -------
        tuple of HeatStatement
            None without takers.
        """
        if not self._site.takers:
            return ()
        return tuple(
            monthly_statement(
                month,
                [self._steps(one, month, readings, registers) for one in self._site.takers],
                sampling_u_ratio=_SAMPLING_U_RATIO,
            )
            for month in _last_months(now, months)
        )

    def _steps(
        self, taker: HeatTaker, month: Window, readings: SiteReadings, registers: SiteRegisters
    ) -> TakerSteps:
        meter = self._site.tree.meters[taker.meter]
        assert isinstance(meter.accuracy, HeatAccuracy)
        edges = whole_steps(to_us(month.start), to_us(month.end), _HOUR_US)
        offer = self._site.heat_offer
        asked = None
        if offer is not None and meter.power_point in offer.delivered:
            asked = mean_by_step(readings.gauges, offer.requested, edges)
        return TakerSteps(
            taker=taker.id,
            operator=taker.operator,
            steps=heat_steps(meter, readings, registers, edges),
            accuracy=meter.accuracy,
            pipe=FlowSensorPipe.RETURN,
            step_h=1.0,
            min_supply_temp_degc=taker.min_supply_temp_degc,
            asked_kw=asked if asked is not None and np.isfinite(asked).any() else None,
            valid_from=day_start(taker.valid_from),
            valid_to=None if taker.valid_to is None else day_start(taker.valid_to),
            first_step=month.start,
        )


def heat_steps(
    meter: Meter, readings: SiteReadings, registers: SiteRegisters, edges_us: IntArray
) -> HeatSteps:
    """Counts and mean temperatures of a heat meter by step.

    Parameters
    ----------
    meter : Meter
        A heat meter.
    readings : SiteReadings
        Its temperatures, over steps as long or shorter.
    registers : SiteRegisters
        Its registers, traced.
    edges_us : int array, shape (n + 1,)
        Edges of the steps. [us]

    Returns
    -------
    HeatSteps
        What was counted while the meter was silent is spread evenly over the silence, so that sums
        are those of the KPIs; temperatures of that time are not known.
    """
    keys = (meter.point, meter.volume_point or "")
    counted = registers.table(Periods.between(edges_us), keys).each(keys)
    supply, back = (mean_by_step(readings.gauges, k, edges_us) for k in temperature_points(meter))
    return HeatSteps(
        register_kwh=counted[0],
        volume_m3=counted[1],
        supply_temp_degc=supply,
        return_temp_degc=back,
        resolution_kwh=_step_of(registers, keys[0]),
        resolution_m3=_step_of(registers, keys[1]),
    )


def _step_of(registers: SiteRegisters, key: str) -> float:
    """The step of a register at its newest reading: that of a float32 hangs on its index."""
    trace = registers.traces.get(key)
    return (
        0.0 if trace is None else float(trace.register.step_at(trace.reading[-1:]).max(initial=0.0))
    )


def doubts(figures: Iterable[TwoFiguresView]) -> tuple[Doubt, ...]:
    """The meters whose register and second calculation disagree over some window.

    Parameters
    ----------
    figures : iterable of TwoFiguresView
        As :meth:`Handover.figures` gives them.

    Returns
    -------
    tuple of Doubt
        Each meter once.
    """
    meters = dict.fromkeys(one.meter for one in figures if one.disagree)
    return tuple(Doubt(meter, DoubtReason.SECOND_CALCULATION) for meter in meters)


def temperature_points(meter: Meter) -> tuple[str, str]:
    """Keys of the supply and the return temperature of a heat meter."""
    device = device_of(meter.point)
    return point_key(device, "supply_temp_degc"), point_key(device, "return_temp_degc")


def _shows_all(meter: Meter, site: Site) -> bool:
    has_class = isinstance(meter.accuracy, HeatAccuracy)
    shows_temperatures = all(key in site.points for key in temperature_points(meter))
    return has_class and meter.volume_point is not None and shows_temperatures


def _last_months(now: datetime, count: int) -> Iterator[Window]:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return reversed(list(calendar_months(hour, count)))
