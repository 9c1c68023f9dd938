"""What `serve` shows at a scrape: the snapshot on its board, and its own requests.

Labels are bounded by the site file and the charter. A stale or missing value is absent, so that an
alert on absence works and no old figure looks new. A scrape touches no device and no database.
"""

from collections.abc import Iterator
from typing import Final, Protocol

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from models.site.site import Site
from service.live.snapshot import LiveSnapshot
from service.metrics import charter, heat, kpis, points
from service.metrics.family import Family, Program
from service.metrics.identity import database_up
from service.metrics.kpi_families import KPI_FAMILIES

READY: Final = Family(
    name="boucle_ready",
    text="1 once a first evaluation is finished",
    absent="never",
    of_site=False,
)
SITE_INFO: Final = Family(
    name="boucle_site_info",
    text="Who and where the data centre is, and the charter it is judged by; 1",
    labels=("name", "operator", "city", "zone", "charter", "simulated"),
    absent="before the first evaluation",
)
SNAPSHOT_TIME: Final = Family(
    name="boucle_snapshot_timestamp_seconds",
    text="When the figures that are shown were computed",
    absent="before the first evaluation",
)
EVALUATION_UP: Final = Family(
    name="boucle_evaluation_up",
    text="1 when the evaluation writes",
    absent="while the database does not answer: nobody sees the evaluation behind it",
)
COLLECTOR_REPORT: Final = Family(
    name="boucle_collector_report_timestamp_seconds",
    text="When the collector last said in the database that it is at work",
    absent="before its first report",
)
CONNECTIONS: Final = Family(
    name="boucle_database_connections",
    text="Connections to the database: busy with a request for the past, or idle",
    labels=("state",),
    absent="never",
    of_site=False,
)
CONNECTIONS_LIMIT: Final = Family(
    name="boucle_database_connections_limit",
    text="Connections that requests for the past may use at once",
    absent="never",
    of_site=False,
)
FAMILIES: Final = (
    READY,
    CONNECTIONS,
    CONNECTIONS_LIMIT,
    SITE_INFO,
    SNAPSHOT_TIME,
    EVALUATION_UP,
    COLLECTOR_REPORT,
    *kpis.FAMILIES,
    *(one for of_kpi in KPI_FAMILIES.values() for one in of_kpi.all),
    *charter.FAMILIES,
    *heat.FAMILIES,
    *points.FAMILIES,
)


class ConnectionPool(Protocol):
    """Connections to the database that requests share."""

    def get_size(self) -> int: ...
    def get_idle_size(self) -> int: ...
    def get_max_size(self) -> int: ...


class ConnectionCollector(Collector):
    """Renders how busy the connections to the database are."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        """Busy and idle ones, and how many there may be."""
        size, idle = self._pool.get_size(), self._pool.get_idle_size()
        yield CONNECTIONS.of("", [(("busy",), float(size - idle)), (("idle",), float(idle))])
        yield CONNECTIONS_LIMIT.of("", [((), float(self._pool.get_max_size()))])


class SnapshotCollector(Collector):
    """Renders a snapshot; the readings of its points are written apart.

    ``snapshot`` is set before each scrape, to what whoever scrapes may see.
    """

    def __init__(self, site: Site) -> None:
        self.snapshot: LiveSnapshot | None = None
        self._registers = heat.hand_over_registers(site)

    def collect(self) -> Iterator[Metric]:
        """All families; only their state before the first snapshot."""
        snapshot = self.snapshot
        yield READY.of("", [((), float(snapshot is not None))])
        if snapshot is None:
            return
        yield from _state(snapshot)
        yield from kpis.kpi_metrics(snapshot)
        yield from charter.charter_metrics(snapshot)
        yield heat.recovered(snapshot, self._registers)
        yield from heat.heat_metrics(snapshot)
        yield from heat.balance_metrics(snapshot)
        yield from points.point_counts(snapshot)


def _state(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site
    named = (site.name, site.operator, site.city, site.zone, site.charter)
    yield SITE_INFO.of(site.id, [((*named, str(site.simulated).lower()), 1.0)])
    yield SNAPSHOT_TIME.one(site.id, snapshot.figures_of.timestamp())
    yield database_up(site.id, Program.SERVE, snapshot.store_reachable)
    yield EVALUATION_UP.one(
        site.id, float(snapshot.evaluation_up) if snapshot.store_reachable else None
    )
    pipeline = snapshot.pipeline
    yield COLLECTOR_REPORT.one(
        site.id,
        None if pipeline is None else snapshot.taken_at.timestamp() - pipeline.report_age_s,
    )
