"""What the templates show, as words and coordinates: from one snapshot, in one language."""

from charter_rules.wording.measured import number
from models.kpi.registry import KPIS
from models.legal_time.days import from_us, legal_day, local_time
from models.metering.registers import StandingMeter
from service.live.snapshot import LiveSnapshot
from service.pages.breaches import breach_rows
from service.pages.cards import Cards
from service.pages.flow_diagram import FlowDiagram, Node, flow_diagram
from service.pages.insights import Insights
from service.pages.paths import CHARTER_PATHS
from service.pages.rows import WINDOWS, Rows
from service.pages.voice import Voice


class PageView:
    """Everything the templates ask for."""

    def __init__(self, snapshot: LiveSnapshot, lang: str) -> None:
        self.snapshot = snapshot
        self.voice = Voice(lang)
        self.t = self.voice.t
        self._rows = Rows(snapshot, self.voice)
        self.insights = Insights(snapshot, self.voice)
        self.cards = Cards(snapshot, self.voice).all()
        self.kpi_groups = self._rows.kpi_groups()
        self.rules = self._rows.rules()
        self.other_rules = self._rows.other_rules()
        self.breaches = breach_rows(snapshot, self.voice)
        self.charter_path = CHARTER_PATHS[lang]
        self.troubled = self._rows.troubled()
        self.well = self._rows.well()

    @property
    def clock(self) -> str:
        """Time of the snapshot, legal time."""
        return f"{local_time(self.snapshot.taken_at):%H:%M:%S}"

    @property
    def charter_line(self) -> str:
        """Which charter, as of which day."""
        day = legal_day(self.snapshot.taken_at)
        return self.t["charter_day"].format(
            charter=self.snapshot.site.charter, day=self.voice.day(day)
        )

    @property
    def live(self) -> bool:
        """Whether what is shown is the present."""
        return self.snapshot.store_reachable and self.snapshot.evaluation_up

    @property
    def evaluation_late(self) -> str:
        """That the figures are not computed any more, and since when."""
        moment = f"{local_time(self.snapshot.figures_of):%H:%M:%S}"
        return self.t["evaluation_late"].format(moment=moment)

    @property
    def oldest(self) -> str:
        """Age of the oldest live reading."""
        age_s = self.snapshot.oldest_live_age_s
        if age_s is None:
            return self.t["no_live_data"]
        return self.t["oldest"].format(age=self.voice.duration(age_s))

    @property
    def alarms(self) -> tuple[str, ...]:
        """What is wrong with the meters, and with the way of the readings themselves."""
        return (*map(self._standing, self.snapshot.standing), *self._pipeline())

    def _standing(self, standing: StandingMeter) -> str:
        """A meter that stands still, and the figures that are not to be trusted for it."""
        since = local_time(from_us(standing.since_us))
        moment = f"{since:%H:%M}"
        if since.date() != legal_day(self.snapshot.taken_at):
            moment = f"{self.voice.day(since.date())} {moment}"
        meter = self.voice.meter(standing.meter, self.snapshot)
        name = self.t["quoted"].format(text=meter)
        told = self.t["meter_standing"].format(meter=name, moment=moment)
        resting = {
            KPIS[one.kpi].end_of or one.kpi
            for one in self.snapshot.kpis
            if any(doubt.meter == standing.meter for doubt in one.doubts)
        }
        if not resting:
            return told
        known = dict.fromkeys(kpi.end_of or kpi.id for kpi in KPIS.values())
        names = ", ".join(self.voice.kpi(one) for one in known if one in resting)
        return f"{told} {self.t['not_trusted'].format(kpis=names)}"

    def _pipeline(self) -> tuple[str, ...]:
        pipeline = self.snapshot.pipeline
        if pipeline is None:
            return ()
        alarms = []
        if pipeline.silent:
            age = self.voice.duration(pipeline.report_age_s)
            alarms.append(self.t["collector_silent"].format(age=age))
        if pipeline.dropped_total:
            lost = number(pipeline.dropped_total, 0, self.voice.style)
            alarms.append(self.t["readings_dropped"].format(n=lost))
        if pipeline.slowed:
            stretch = number(pipeline.poll_stretch, 1, self.voice.style)
            alarms.append(self.t["polls_slowed"].format(n=stretch))
        return tuple(alarms)

    @property
    def diagram(self) -> FlowDiagram:
        """The energy flow."""
        return flow_diagram(self.snapshot.flow)

    def node_name(self, node: Node) -> str:
        """What a node of the flow is called."""
        return self.t[node.key] if node.branch is None else self.voice.label(node.branch)

    @property
    def heat_chain(self) -> tuple[tuple[str, str], ...]:
        """The heat chain as pairs of name and value."""
        flow = self.snapshot.flow

        def temps(supply: float | None, back: float | None) -> str:
            return self.t["supply_return"].format(
                supply=self.voice.degc(supply), back=self.voice.degc(back)
            )

        return (
            *(
                (self.voice.label(one), temps(one.supply_temp_degc, one.return_temp_degc))
                for one in flow.heat_branches
            ),
            *self.insights.pump_pairs(),
            (
                self.t["delivered_today"],
                self.voice.measured(self.snapshot.kpi("recovered_heat", "today")).text,
            ),
            (
                self.t["delivered_month"],
                self.voice.measured(self.snapshot.kpi("recovered_heat", "month")).text,
            ),
            (self.t["outdoor"], self.voice.degc(flow.outdoor_temp_degc)),
        )

    @property
    def windows(self) -> tuple[str, ...]:
        """Headings of the KPI table."""
        return tuple(self.voice.window(window) for window in WINDOWS)

    @property
    def devices_summary(self) -> str:
        """How many are well."""
        return self.t["devices_summary"].format(ok=len(self.well), count=len(self.snapshot.devices))
