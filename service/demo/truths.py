"""Which truth of the plant each KPI is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthOf:
    """One KPI and the key of its truth; ``windows`` are those in which both are known."""

    kpi: str
    key: str
    windows: tuple[str, ...] = ("15min", "today", "month", "12months")


_LONG = ("month", "12months")
_DAYS = ("today", "month", "12months")

TRUTHS = (
    TruthOf(kpi="pue", key="pue"),
    TruthOf(kpi="load_factor", key="load_factor"),
    TruthOf(kpi="cer", key="cer_chilled"),
    TruthOf(kpi="recovered_heat", key="e_reuse_kwh"),
    TruthOf(kpi="erf", key="erf"),
    TruthOf(kpi="ere", key="ere"),
    TruthOf(kpi="seasonal_factor", key="cop_plant"),
    TruthOf(kpi="delivered_temperature", key="supply_temp_delivered_degc", windows=_DAYS),
    TruthOf(kpi="wue", key="wue_l_per_kwh"),
    TruthOf(kpi="wue_potable", key="wue_potable_l_per_kwh"),
    TruthOf(kpi="ref", key="ref_onsite"),
    TruthOf(kpi="cooling_degree_days", key="cooling_degree_days_k_d", windows=_LONG),
)


def truth_value(truth: Mapping[str, Any], key: str) -> float | None:
    """The figure; None where the plant has none (nothing happened that could be divided by)."""
    value = truth[key]
    return None if value is None else float(value)
