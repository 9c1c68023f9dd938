"""The heat chain as a reader sees it: exchanger, pumps, two figures of the heat, missed heat."""

from collections.abc import Mapping
from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatPumpView:
    """One heat pump now: COP and its share of the Carnot limit; None while it stands still."""

    id: str
    label_fr: str
    label_en: str
    cop: float | None
    carnot_ratio: float | None


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
