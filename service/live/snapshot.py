"""The snapshot: everything a reader sees at one instant, computed once.

The API, the page, the event stream and the metrics all render the same object, so that no
two of them can disagree. It crosses processes (``service/live/codec.py``): plain data only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from charter_rules.breaches.state import Breach
from charter_rules.findings import Finding
from collectors.pace import TOLD_FROM
from models.balance.site_balances import BalancesView
from models.forecast.outlook import ForecastView, ShiftView
from models.heat.chain import HeatChainView
from models.heat.statement import HeatStatement
from models.kpi.charts import SeriesView
from models.kpi.result import KpiResult
from models.metering.registers import StandingMeter
from models.plausibility.site_checks import SuspicionView
from models.quantities import Quantity
from models.readings import DeviceState, Origin, Quality
from models.site.power_flow import FlowView
from models.trouble.charge import Charge
from models.trouble.trouble import Trouble

# The collector reports every five seconds.
_SILENT_AFTER_S = 20.0


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
    """The latest reading of one point. ``value`` is None when there is none to trust.

    ``falls`` says that a register shows less than it did, and that nothing confirms it yet.
    """

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
    falls: bool = False


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
    clock_offset_s: float | None = None
    trouble: Trouble | None = None
    charge: Charge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineView:
    """The way from the collector to the table. ``report_age_s`` tells whether it is alive.

    ``spooled_rows`` wait on disk; ``dropped_total`` are lost: the one figure that must stay zero.
    ``poll_stretch`` is how many times further apart than planned polls are.
    """

    acknowledged_total: int
    written_total: int
    spooled_rows: int
    spooled_bytes: int
    oldest_age_s: float | None
    dropped_total: int
    dead_letter_total: int
    report_age_s: float
    poll_stretch: float = 1.0

    @property
    def slowed(self) -> bool:
        """Whether polls are so far apart that somebody should see to it."""
        return self.poll_stretch >= TOLD_FROM

    @property
    def silent(self) -> bool:
        """Whether several reports in a row did not come."""
        return self.report_age_s > _SILENT_AFTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSnapshot:
    """One consistent picture of the site.

    Shown while a newer one is late, its ages go on growing: then ``evaluated_at`` says of when the
    figures are, and ``evaluation_up`` whether the evaluation is still thought to be at work.
    """

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
    standing: tuple[StandingMeter, ...] = ()
    heat: HeatChainView = field(default_factory=HeatChainView)
    balances: BalancesView = field(default_factory=BalancesView)
    forecasts: tuple[ForecastView, ...] = ()
    shifts: tuple[ShiftView, ...] = ()
    statements: tuple[HeatStatement, ...] = ()
    breaches: tuple[Breach, ...] = ()
    suspicions: tuple[SuspicionView, ...] = ()
    evaluated_at: datetime | None = None
    evaluation_up: bool = True

    @property
    def figures_of(self) -> datetime:
        """When the figures were computed."""
        return self.evaluated_at or self.taken_at

    def kpi(self, kpi: str, window: str) -> KpiResult | None:
        """Find one KPI over one named window, or None."""
        return next((k for k in self.kpis if k.kpi == kpi and k.window.name == window), None)
