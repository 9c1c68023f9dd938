"""The snapshot as Prometheus metrics.

Labels are bounded by the site file: site, device, point, KPI, window, rule. A stale or missing
value is absent, so that an alert on absence works and no old figure looks new.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from charter_rules.breaches.state import BreachState
from charter_rules.findings import Verdict
from models.kpi.words_en import ENGLISH
from models.quantities import Quantity
from service.exporter.families import (
    DeviceFigures,
    device_metrics,
    gauge,
    pipeline_metrics,
    store_up,
)
from service.exporter.units import metric_unit
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot, PointView


def registry_of(board: SnapshotBoard) -> CollectorRegistry:
    """A registry that renders the board's current snapshot."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SnapshotCollector(board))
    return registry


class SnapshotCollector(Collector):
    """Renders the newest snapshot at each scrape."""

    def __init__(self, board: SnapshotBoard) -> None:
        self._board = board

    def collect(self) -> Iterator[Metric]:
        """All metrics; only their state before the first snapshot."""
        snapshot = self._board.current
        yield gauge(
            "boucle_ready",
            "1 once a first evaluation is finished",
            [],
            [((), float(snapshot is not None))],
        )
        if snapshot is None:
            return
        yield from _process(snapshot)
        yield from _pipeline(snapshot)
        yield from _kpis(snapshot)
        yield from _meters(snapshot)
        yield from _heat(snapshot)
        yield from _outlook(snapshot)
        yield from _balances(snapshot)
        yield from _findings(snapshot)
        yield from _breaches(snapshot)
        yield from _devices(snapshot)
        yield from _points(snapshot)


def _process(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = (snapshot.site.id,)
    age_s = (datetime.now(UTC) - snapshot.figures_of).total_seconds()
    yield gauge("boucle_snapshot_age_seconds", "Age of the evaluation", ["site"], [(site, age_s)])
    yield store_up(snapshot.site.id, snapshot.store_reachable)
    # Nobody sees the evaluation behind a database that does not answer.
    yield gauge(
        "boucle_evaluation_up",
        "1 when the evaluation writes; absent while the database does not answer",
        ["site"],
        [(site, float(snapshot.evaluation_up))] if snapshot.store_reachable else [],
    )


def _pipeline(snapshot: LiveSnapshot) -> Iterator[Metric]:
    if snapshot.pipeline is None:
        return
    yield from pipeline_metrics(snapshot.site.id, snapshot.pipeline)
    yield gauge(
        "boucle_collector_report_age_seconds",
        "Age of the collector's last word",
        ["site"],
        [((snapshot.site.id,), snapshot.pipeline.report_age_s)],
    )


def _kpis(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    labels = ["site", "kpi", "window", "unit"]

    def rows(field: str) -> list[tuple[tuple[str, ...], float]]:
        return [
            ((site, k.kpi, k.window.name, k.unit), float(value))
            for k in snapshot.kpis
            if (value := getattr(k, field)) is not None
        ]

    yield gauge("boucle_kpi_value", "KPI in its unit; absent when withheld", labels, rows("value"))
    yield gauge(
        "boucle_kpi_expanded_uncertainty",
        "Expanded uncertainty of the KPI, k = 2, in its unit",
        labels,
        rows("expanded_uncertainty"),
    )
    yield gauge(
        "boucle_kpi_coverage_ratio",
        "Share of the window over which all inputs are known together",
        labels,
        rows("coverage_ratio"),
    )
    yield gauge(
        "boucle_kpi_doubtful",
        "1 when a meter behind the KPI is not to be trusted, which makes it prove nothing",
        ["site", "kpi", "window"],
        [((site, k.kpi, k.window.name), float(bool(k.doubts))) for k in snapshot.kpis],
    )
    yield gauge(
        "boucle_kpi_info",
        "What each KPI is, in words; 1",
        ["site", "kpi", "label", "about"],
        [
            ((site, kpi, ENGLISH.kpis[kpi].label, ENGLISH.kpis[kpi].about), 1.0)
            for kpi in dict.fromkeys(k.kpi for k in snapshot.kpis)
        ],
    )


def _meters(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    doubts = dict.fromkeys(doubt for k in snapshot.kpis for doubt in k.doubts)
    yield gauge(
        "boucle_meter_in_doubt",
        "1 for a meter behind a KPI that is not to be trusted, with the reason",
        ["site", "meter", "reason"],
        [((site, doubt.meter, doubt.reason.value), 1.0) for doubt in doubts],
    )
    yield gauge(
        "boucle_register_frozen_since_timestamp_seconds",
        "Since when the register of a meter stands still although it should count",
        ["site", "meter"],
        [((site, one.meter), one.since_us / 1e6) for one in snapshot.standing],
    )


def _heat(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    exchanger = snapshot.heat.exchanger
    clean = None if exchanger is None else exchanger.clean_share_ratio
    days = None if exchanger is None else exchanger.days_to_threshold
    yield gauge(
        "boucle_exchanger_clean_ratio",
        "UA of the hand-over exchanger over that of the clean one, at equal flow",
        ["site"],
        [] if clean is None else [((site,), clean)],
    )
    yield gauge(
        "boucle_exchanger_threshold_seconds",
        "Time until the exchanger is to be cleaned; absent while no fouling is proven",
        ["site"],
        [] if days is None else [((site,), 86_400.0 * days)],
    )
    yield gauge(
        "boucle_missed_heat_joules",
        "Heat rejected while the takers asked for it",
        ["site", "window"],
        [
            ((site, window), 3.6e6 * missed.missed_kwh)
            for window, missed in (snapshot.heat.missed or {}).items()
        ],
    )
    yield gauge(
        "boucle_heat_figures_disagree",
        "1 when the register of a heat meter and flow and temperatures disagree",
        ["site", "meter", "window"],
        [((site, f.meter, f.window), float(f.disagree)) for f in snapshot.heat.figures],
    )


def _outlook(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    labels = ["site", "kpi", "unit"]
    for name, text, field in (
        ("value", "KPI expected at the end of the calendar year", "value"),
        ("lower", "Lower end of its 95 % interval", "lower"),
        ("upper", "Upper end of its 95 % interval", "upper"),
        ("breach_ratio", "Probability that its limit is broken then", "probability_of_breach"),
    ):
        yield gauge(
            f"boucle_forecast_{name}",
            text,
            labels,
            [
                ((site, view.kpi, view.unit), float(value))
                for view in snapshot.forecasts
                if (value := getattr(view, field)) is not None
            ],
        )


def _balances(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    yield gauge(
        "boucle_balance_ok",
        "1 when what enters a node leaves it, within losses and uncertainty, over seven days",
        ["site", "node"],
        [
            ((site, node.id), float(node.verdict == "balanced"))
            for node in snapshot.balances.nodes
            if node.verdict != "unknown"
        ],
    )
    yield gauge(
        "boucle_meter_suspect",
        "1 for a meter under suspicion, with the fault that explains what was seen",
        ["site", "meter", "fault"],
        [
            ((site, meter, suspect.kind), 1.0)
            for suspect in snapshot.balances.suspects
            for meter in suspect.meters
        ],
    )


def _findings(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    yield gauge(
        "boucle_finding_verdict",
        "1 for the verdict of a rule today, 0 for the others",
        ["site", "rule", "axis", "verdict"],
        [
            ((site, f.rule_id, f.axis.value, verdict.value), float(f.verdict is verdict))
            for f in snapshot.findings
            for verdict in Verdict
        ],
    )
    yield gauge(
        "boucle_finding_margin",
        "Distance to the threshold in the unit of the KPI, positive on the compliant side",
        ["site", "rule", "axis"],
        [
            ((site, f.rule_id, f.axis.value), f.margin)
            for f in snapshot.findings
            if f.margin is not None
        ],
    )


def _breaches(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    counts = Counter((one.rule_id, one.state) for one in snapshot.breaches)
    yield gauge(
        "boucle_breaches",
        "Breaches of a rule by state; absent for a rule without any, kept 30 days once resolved",
        ["site", "rule", "state"],
        [
            ((site, rule, state.value), float(counts[rule, state]))
            for rule in dict.fromkeys(one.rule_id for one in snapshot.breaches)
            for state in BreachState
        ],
    )
    yield gauge(
        "boucle_breach_late",
        "1 when the deadline of the remedy has passed",
        ["site", "rule"],
        [
            ((site, rule), float(late))
            for rule, late in {
                one.rule_id: one.deadline_passed for one in snapshot.breaches if one.stands
            }.items()
        ],
    )


def _devices(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    yield from device_metrics(
        site,
        (
            DeviceFigures(
                id=d.id,
                link=d.link,
                state=d.state,
                polls_total=d.polls_total,
                failures_total=d.failures_total,
            )
            for d in snapshot.devices
        ),
    )
    yield gauge(
        "boucle_device_stale_points",
        "Points of the device whose latest reading is too old",
        ["site", "device"],
        [((site, d.id), float(d.stale_points)) for d in snapshot.devices],
    )
    oldest: dict[str, float] = {}
    for point in snapshot.points.values():
        if point.age_s is not None:
            oldest[point.device] = max(oldest.get(point.device, 0.0), point.age_s)
    yield gauge(
        "boucle_data_age_seconds",
        "Age of the oldest latest reading of the device",
        ["site", "device"],
        [((site, device), age_s) for device, age_s in oldest.items()],
    )


def _points(snapshot: LiveSnapshot) -> Iterator[Metric]:
    by_quantity: dict[Quantity, list[PointView]] = {}
    for point in snapshot.points.values():
        # What adds up rises would count everything after a fall anew.
        if not point.stale and not point.falls and point.value is not None:
            by_quantity.setdefault(point.quantity, []).append(point)
    for quantity, points in by_quantity.items():
        unit = metric_unit(quantity)
        family = (CounterMetricFamily if unit.counter else GaugeMetricFamily)(
            unit.name, unit.text, labels=["site", "device", "point"]
        )
        for point in points:
            assert point.value is not None
            family.add_metric(
                (snapshot.site.id, point.device, point.name), point.value * unit.factor
            )
        yield family
