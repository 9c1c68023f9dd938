"""The snapshot: everything a reader sees at one instant, computed once.

The API, the page, the event stream and the metrics all render the same object, so that no
two of them can disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from charter_rules.breaches.state import Breach
from charter_rules.findings import Finding
from models.heat.statement import HeatStatement
from models.kpi.result import KpiResult
from models.quantities import Quantity
from models.readings import DeviceState, Origin, Quality
from service.live.balances import BalancesView
from service.live.heat import HeatChainView
from service.live.outlook import ForecastView, ShiftView
from service.live.scrutiny import SuspicionView


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """Who and where: the identity of the data centre."""

    id: str
    name: str
    operator: str
    siret: str | None
    address: str
    city: str
    zone: str
    entry_into_operation: date
    installed_it_power_kw: float
    charter: str
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PointView:
    """The latest reading of one point. ``value`` is None when there is none to trust."""

    key: str
    device: str
    name: str
    quantity: Quantity
    unit: str
    value: float | None
    ts: datetime | None
    age_s: float | None
    quality: Quality | None
    origin: Origin | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """One device and its health."""

    id: str
    label_fr: str
    label_en: str
    profile: str
    link: str
    protocol: str
    poll_s: float
    state: DeviceState
    since: datetime | None
    last_ok_at: datetime | None
    points: int
    stale_points: int
    polls_total: int
    failures_total: int
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineView:
    """The way from the collector to the table. ``report_age_s`` tells whether it is alive.

    ``spooled_rows`` wait on disk; ``dropped_total`` are lost: the one figure that must stay zero.
    """

    acknowledged_total: int
    written_total: int
    spooled_rows: int
    spooled_bytes: int
    oldest_age_s: float | None
    dropped_total: int
    dead_letter_total: int
    report_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatBranchView:
    """A branch through which heat leaves to a taker, now. Their order gives their colours."""

    id: str
    label_fr: str
    label_en: str
    power_kw: float | None
    supply_temp_degc: float | None
    return_temp_degc: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """Power flow now, kW. None where an input is missing or stale.

    ``total_kw`` is that of the data centre: what the sources give, less what is given back and what
    others behind the same intakes use.
    """

    grid_kw: float | None
    generator_kw: float | None
    photovoltaic_kw: float | None
    total_kw: float | None
    it_kw: float | None
    cooling_kw: float | None
    heat_pump_kw: float | None
    general_kw: float | None
    other_loads_kw: float | None
    export_kw: float | None
    losses_kw: float | None
    heat_branches: tuple[HeatBranchView, ...]
    heat_rejected_kw: float | None
    outdoor_temp_degc: float | None
    heat_pump_cop: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """A small series for a chart: half-open buckets, None where not covered."""

    name: str
    unit: str
    step_s: float
    starts: tuple[datetime, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSnapshot:
    """One consistent picture of the site."""

    taken_at: datetime
    site: SiteView
    points: Mapping[str, PointView]
    devices: tuple[DeviceView, ...]
    kpis: tuple[KpiResult, ...]
    findings: tuple[Finding, ...]
    flow: FlowView
    series: Mapping[str, SeriesView]
    store_reachable: bool
    oldest_live_age_s: float | None
    pipeline: PipelineView | None = None
    heat: HeatChainView = field(default_factory=HeatChainView)
    balances: BalancesView = field(default_factory=BalancesView)
    forecasts: tuple[ForecastView, ...] = ()
    shifts: tuple[ShiftView, ...] = ()
    statements: tuple[HeatStatement, ...] = ()
    breaches: tuple[Breach, ...] = ()
    suspicions: tuple[SuspicionView, ...] = ()

    def kpi(self, kpi: str, window: str) -> KpiResult | None:
        """Find one KPI over one named window, or None."""
        return next((k for k in self.kpis if k.kpi == kpi and k.window.name == window), None)
