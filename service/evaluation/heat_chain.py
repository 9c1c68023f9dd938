"""The heat chain of a site: its exchanger and pumps now, two figures of the heat, missed heat."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import isnan

import numpy as np

from models.heat.coefficient import FlowSensorPipe, heat_coefficient_kwh_per_m3_k
from models.heat.exchanger import ExchangerReadings, ExchangerState, exchanger_state
from models.heat.figures import HeatSteps, two_figures
from models.heat.fouling import days_to_threshold, fouling_trend, normalised_ua
from models.heat.heat_pump import carnot_fraction_ratio, cop_ratio
from models.heat.missed import HeatOffer, missed_heat
from models.legal_time.days import to_us
from models.metering.tree import Meter
from models.metering.uncertainty import COVERAGE_FACTOR, HeatAccuracy
from models.readings import FloatArray, IntArray
from models.site.devices import device_of, point_key
from models.site.heat import EXCHANGER_POINTS, Exchanger
from models.site.site import Site
from service.evaluation.flow import live_value
from service.evaluation.gauges import increments, step_means
from service.evaluation.samples import NO_SAMPLES, SamplesByKey, grid_levels, registers_of
from service.evaluation.windows import GriddedWindow
from service.live.heat import ExchangerView, HeatPumpView, MissedHeatView, TwoFiguresView
from service.live.snapshot import PointView

_HOUR = timedelta(hours=1)
_DAY_US = 86_400_000_000
# Means of few readings in a step, while flow and temperatures vary: an engineering value.
SAMPLING_U_RATIO = 0.003
# Flow meters of the exchanger's two sides, as class 2 water meters.
_EXCHANGER_HEAT_U_RATIO = 0.02
_STANDING_BELOW_KW = 1.0
_LEAST_HEAT_SHARE = 0.1
# What a district controller may leave unanswered; the machines' own reckoning of heat.
_ASK_TOLERANCE_KW = 5.0
_MACHINE_U_RATIO = 0.02


class HeatChain:
    """Which points of a site the chain is seen through; fixed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._handed = tuple(
            site.tree.meters[one] for one in site.tree.reused_heat().ids if _is_whole(site, one)
        )
        self._labels = site.devices

    def trend_keys(self) -> tuple[str, ...]:
        """Gauges of the exchanger."""
        exchanger = self._site.exchanger
        if exchanger is None:
            return ()
        return tuple(point_key(exchanger.device, name) for name in EXCHANGER_POINTS)

    def figure_keys(self) -> tuple[str, ...]:
        """Registers and temperatures of the hand-over meters."""
        registers = [register.key for register in registers_of(self._handed)]
        return (*registers, *(key for m in self._handed for key in _temperatures(m)))

    def requested_keys(self) -> tuple[str, ...]:
        """The takers' signal, where there is one."""
        offer = self._site.heat_offer
        return () if offer is None else (offer.requested,)

    def missed_keys(self) -> tuple[str, ...]:
        """What was asked, given, rejected and used."""
        offer = self._site.heat_offer
        if offer is None:
            return ()
        return (
            offer.requested,
            *offer.delivered,
            *offer.rejected,
            *offer.heat_pump_heat,
            *offer.heat_pump_power,
        )

    def exchanger(
        self, recent: SamplesByKey, weeks: SamplesByKey, now: datetime
    ) -> ExchangerView | None:
        """State in the last hour, and fouling over the last weeks by the hour."""
        shape = self._site.exchanger
        if shape is None:
            return None
        hour = _edges(now - _HOUR, now, timedelta(minutes=5))
        state = _state(shape, recent, hour)
        days = _edges(now - timedelta(days=35), now, _HOUR)
        trend_state = _state(shape, weeks, days)
        flow = step_means(
            weeks.get(point_key(shape.device, "secondary_flow_m3_per_h"), NO_SAMPLES), days
        )
        loaded = flow >= _LEAST_HEAT_SHARE * shape.reference_flow_m3_per_h
        ua = normalised_ua(
            np.where(loaded, trend_state.ua_kw_per_k, np.nan),
            flow,
            shape.reference_flow_m3_per_h,
            shape.flow_exponent,
        )
        trend = fouling_trend((days[:-1] - days[0]) / _DAY_US, ua)
        left = (
            None
            if trend is None
            else days_to_threshold(trend, shape.clean_ua_kw_per_k, shape.threshold_ratio)
        )
        clean = None if trend is None else trend.ua_now_kw_per_k / shape.clean_ua_kw_per_k
        relative_u = trend_state.ua_u_kw_per_k / trend_state.ua_kw_per_k
        return ExchangerView(
            ua_kw_per_k=_mean(state.ua_kw_per_k),
            expanded_uncertainty_kw_per_k=_times(COVERAGE_FACTOR, _mean(state.ua_u_kw_per_k)),
            lmtd_k=_mean(state.lmtd_k),
            effectiveness_ratio=_mean(state.effectiveness_ratio),
            clean_share_ratio=clean,
            clean_share_expanded_uncertainty_ratio=None
            if clean is None
            else _times(COVERAGE_FACTOR * clean, _mean(relative_u[np.isfinite(ua)])),
            fouling_proven=trend is not None and trend.proven,
            days_to_threshold=None if left is None else left.expected,
            days_to_threshold_low=None if left is None else left.earliest,
            days_to_threshold_high=None if left is None else left.latest,
            threshold_ratio=shape.threshold_ratio,
        )

    def pumps(self, points: Mapping[str, PointView]) -> tuple[HeatPumpView, ...]:
        """COP and Carnot fraction of each heat pump now."""
        return tuple(self._pump(one, points) for one in self._site.heat_pumps)

    def _pump(self, pump: str, points: Mapping[str, PointView]) -> HeatPumpView:
        def now(name: str) -> FloatArray:
            value = live_value(points, point_key(pump, name))
            return np.array([np.nan if value is None else value])

        cop = cop_ratio(now("heat_power_kw"), now("active_power_kw"), _STANDING_BELOW_KW)
        fraction = carnot_fraction_ratio(
            cop, now("sink_outlet_temp_degc"), now("source_outlet_temp_degc")
        )
        return HeatPumpView(
            id=pump,
            label_fr=self._labels[pump].label_fr,
            label_en=self._labels[pump].label_en,
            cop=_known(float(cop[0])),
            carnot_ratio=_known(float(fraction[0])),
        )

    def figures(self, gridded: GriddedWindow, samples: SamplesByKey) -> tuple[TwoFiguresView, ...]:
        """Register and reckoning of every hand-over meter over a window.

        A meter for which no step knows both is left out: there is nothing to compare.
        """
        each = (self._figure(meter, gridded, samples) for meter in self._handed)
        return tuple(figure for figure in each if figure.coverage_ratio > 0.0)

    def _figure(
        self, meter: Meter, gridded: GriddedWindow, samples: SamplesByKey
    ) -> TwoFiguresView:
        assert isinstance(meter.accuracy, HeatAccuracy)
        both = two_figures(
            heat_steps(meter, samples, gridded.edges_us()),
            meter.accuracy,
            FlowSensorPipe.RETURN,
            sampling_u_ratio=SAMPLING_U_RATIO,
        )
        device = self._labels[device_of(meter.point)]
        return TwoFiguresView(
            meter=meter.id,
            label_fr=device.label_fr,
            label_en=device.label_en,
            window=gridded.window.name,
            register_kwh=both.register_kwh,
            calculated_kwh=both.calculated_kwh,
            difference_kwh=both.difference_kwh,
            expanded_uncertainty_kwh=both.expanded_uncertainty_kwh,
            disagree=both.disagree,
            hint=None if both.hint is None else both.hint.value,
            coverage_ratio=both.coverage_ratio,
        )

    def missed(self, gridded: GriddedWindow, samples: SamplesByKey) -> MissedHeatView | None:
        """Heat rejected over a window while the takers asked for more than they got."""
        shape = self._site.heat_offer
        if shape is None:
            return None
        edges = gridded.edges_us()

        def total(keys: Sequence[str]) -> FloatArray:
            each = [step_means(samples.get(k, NO_SAMPLES), edges) for k in keys]
            return np.asarray(np.sum(each, axis=0))

        booked = missed_heat(
            HeatOffer(
                rejected_kw=total(shape.rejected),
                asked_kw=total((shape.requested,)),
                delivered_kw=total(shape.delivered),
                machine_limit_kw=shape.machine_limit_kw,
                cop=cop_ratio(
                    total(shape.heat_pump_heat), total(shape.heat_pump_power), _STANDING_BELOW_KW
                ),
                step_h=gridded.step / _HOUR,
            ),
            rejected_u_ratio=_MACHINE_U_RATIO,
            asked_u_ratio=_MACHINE_U_RATIO,
            tolerance_kw=_ASK_TOLERANCE_KW,
        )
        if booked.coverage_ratio == 0.0 or isnan(booked.missed_kwh):
            return None
        return MissedHeatView(
            window=gridded.window.name,
            missed_kwh=booked.missed_kwh,
            expanded_uncertainty_kwh=_known(booked.expanded_uncertainty_kwh),
            coverage_ratio=booked.coverage_ratio,
            asked_ratio=booked.asked_ratio,
            limited_by_machine_ratio=booked.limited_by_machine_ratio,
        )


def heat_steps(meter: Meter, samples: SamplesByKey, edges_us: IntArray) -> HeatSteps:
    """Registers and mean temperatures of a heat meter by step."""
    counted = increments(grid_levels(registers_of((meter,)), samples, edges_us))
    supply, back = (step_means(samples.get(k, NO_SAMPLES), edges_us) for k in _temperatures(meter))
    return HeatSteps(
        register_kwh=counted[0],
        volume_m3=counted[1],
        supply_temp_degc=supply,
        return_temp_degc=back,
        resolution_kwh=meter.resolution,
    )


def _temperatures(meter: Meter) -> tuple[str, str]:
    device = device_of(meter.point)
    return point_key(device, "supply_temp_degc"), point_key(device, "return_temp_degc")


def _is_whole(site: Site, meter_id: str) -> bool:
    meter = site.tree.meters[meter_id]
    has_class = isinstance(meter.accuracy, HeatAccuracy)
    return (
        has_class
        and meter.volume_point is not None
        and all(key in site.points for key in _temperatures(meter))
    )


def _edges(start: datetime, end: datetime, step: timedelta) -> IntArray:
    length = step // timedelta(microseconds=1)
    last = to_us(end) // length * length
    return np.arange(last - (to_us(end) - to_us(start)) // length * length, last + 1, length)


def _state(shape: Exchanger, samples: SamplesByKey, edges_us: IntArray) -> ExchangerState:
    means = {
        name: step_means(samples.get(point_key(shape.device, name), NO_SAMPLES), edges_us)
        for name in EXCHANGER_POINTS
    }

    def capacity(side: str) -> FloatArray:
        k = heat_coefficient_kwh_per_m3_k(
            means[f"{side}_inlet_temp_degc"],
            means[f"{side}_outlet_temp_degc"],
            FlowSensorPipe.RETURN,
        )
        return np.asarray(k * means[f"{side}_flow_m3_per_h"])

    return exchanger_state(
        ExchangerReadings(
            primary_inlet_degc=means["primary_inlet_temp_degc"],
            primary_outlet_degc=means["primary_outlet_temp_degc"],
            secondary_inlet_degc=means["secondary_inlet_temp_degc"],
            secondary_outlet_degc=means["secondary_outlet_temp_degc"],
            primary_kw_per_k=capacity("primary"),
            secondary_kw_per_k=capacity("secondary"),
            temperature_u_k=shape.temperature_u_k,
            heat_u_ratio=_EXCHANGER_HEAT_U_RATIO,
        ),
        shape.arrangement,
    )


def _mean(value: FloatArray) -> float | None:
    known = value[np.isfinite(value)]
    return float(known.mean()) if len(known) else None


def _times(factor: float, value: float | None) -> float | None:
    return None if value is None else factor * value


def _known(value: float) -> float | None:
    return None if isnan(value) else value
