"""The hand-over exchanger of a site: its state in the last hour, its fouling in the last weeks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from models.heat.coefficient import FlowSensorPipe, heat_coefficient_kwh_per_m3_k
from models.heat.exchanger import ExchangerReadings, ExchangerState, exchanger_state
from models.heat.fouling import days_to_threshold, fouling_trend, normalised_ua
from models.legal_time.days import to_us
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, IntArray
from models.registers.gauges import GaugesByKey
from models.registers.steps import mean_by_step, whole_steps
from models.site.devices import point_key
from models.site.heat import EXCHANGER_POINTS, Exchanger

# Fouling of plates goes on over months: five weeks show it, and hold few cleanings.
TREND = timedelta(days=35)
_NOW = timedelta(hours=1)
_HOUR_US = 3_600_000_000
_STATE_STEP_US = 300_000_000
_DAY_US = 86_400_000_000
# Flow meters of the exchanger's two sides, as class 2 water meters.
_HEAT_U_RATIO = 0.02
# With less than this share of the reference flow the thermometers' errors rule.
_LEAST_FLOW_RATIO = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangerView:
    """The hand-over exchanger in the last hour, and its fouling in the last weeks.

    ``clean_share_ratio`` is its UA over that of the clean exchanger at the same flow; its
    uncertainty is that of the thermometers, which is the same all the time and hides no trend.
    ``days_to_threshold`` is None when no fouling is proven.
    """

    ua_kw_per_k: float | None
    expanded_uncertainty_kw_per_k: float | None
    lmtd_k: float | None
    effectiveness_ratio: float | None
    clean_share_ratio: float | None
    clean_share_expanded_uncertainty_ratio: float | None
    fouling_proven: bool
    days_to_threshold: float | None
    days_to_threshold_low: float | None
    days_to_threshold_high: float | None
    threshold_ratio: float


def exchanger_points(exchanger: Exchanger | None) -> tuple[str, ...]:
    """Keys of the gauges that an exchanger is seen through."""
    if exchanger is None:
        return ()
    return tuple(point_key(exchanger.device, name) for name in EXCHANGER_POINTS)


def exchanger_view(
    exchanger: Exchanger, hourly: GaugesByKey, fine: GaugesByKey, now: datetime
) -> ExchangerView:
    """State in the last hour, and fouling over the last weeks by the hour.

    Parameters
    ----------
    exchanger : Exchanger
        What it was when clean, and where to clean it.
    hourly : mapping of key to GaugeTotals
        Its gauges by the hour over :data:`TREND`.
    fine : mapping of key to GaugeTotals
        Its gauges by five minutes over the last hour.
    now : datetime
        Up to when everything is known.

    Returns
    -------
    ExchangerView
        None where nothing flows or too little is known.
    """
    now_us = to_us(now)
    state = _state(exchanger, fine, _edges(now_us, _NOW, _STATE_STEP_US))
    hours = _edges(now_us, TREND, _HOUR_US)
    weeks = _state(exchanger, hourly, hours)
    flow = mean_by_step(hourly, point_key(exchanger.device, "secondary_flow_m3_per_h"), hours)
    loaded = flow >= _LEAST_FLOW_RATIO * exchanger.reference_flow_m3_per_h
    ua = normalised_ua(
        np.where(loaded, weeks.ua_kw_per_k, np.nan),
        flow,
        exchanger.reference_flow_m3_per_h,
        exchanger.flow_exponent,
    )
    trend = fouling_trend((hours[:-1] - hours[0]) / _DAY_US, ua)
    left = clean = None
    if trend is not None:
        clean = trend.ua_now_kw_per_k / exchanger.clean_ua_kw_per_k
        left = days_to_threshold(trend, exchanger.clean_ua_kw_per_k, exchanger.threshold_ratio)
    relative_u = _mean((weeks.ua_u_kw_per_k / weeks.ua_kw_per_k)[np.isfinite(ua)])
    return ExchangerView(
        ua_kw_per_k=_mean(state.ua_kw_per_k),
        expanded_uncertainty_kw_per_k=_times(COVERAGE_FACTOR, _mean(state.ua_u_kw_per_k)),
        lmtd_k=_mean(state.lmtd_k),
        effectiveness_ratio=_mean(state.effectiveness_ratio),
        clean_share_ratio=clean,
        clean_share_expanded_uncertainty_ratio=None
        if clean is None
        else _times(COVERAGE_FACTOR * clean, relative_u),
        fouling_proven=trend is not None and trend.proven,
        days_to_threshold=None if left is None else left.expected,
        days_to_threshold_low=None if left is None else left.earliest,
        days_to_threshold_high=None if left is None else left.latest,
        threshold_ratio=exchanger.threshold_ratio,
    )


def _edges(now_us: int, back: timedelta, step_us: int) -> IntArray:
    end_us = now_us // step_us * step_us
    return whole_steps(end_us - back // timedelta(microseconds=1), end_us, step_us)


def _state(exchanger: Exchanger, gauges: GaugesByKey, edges_us: IntArray) -> ExchangerState:
    means = {
        name: mean_by_step(gauges, point_key(exchanger.device, name), edges_us)
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
            temperature_u_k=exchanger.temperature_u_k,
            heat_u_ratio=_HEAT_U_RATIO,
        ),
        exchanger.arrangement,
    )


def _mean(value: FloatArray) -> float | None:
    known = value[np.isfinite(value)]
    return float(known.mean()) if len(known) else None


def _times(factor: float, value: float | None) -> float | None:
    return None if value is None else factor * value
