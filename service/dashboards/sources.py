"""The two data sources, by the names that dashboards and provisioning share."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data source of Grafana: ``plugin`` is what it is, ``uid`` what panels call it by."""

    name: str
    uid: str
    plugin: str


PROMETHEUS_SOURCE: Final = Source(
    name="Boucle Prometheus", uid="boucle-prometheus", plugin="prometheus"
)
SQL_SOURCE: Final = Source(
    name="Boucle TimescaleDB", uid="boucle-timescaledb", plugin="grafana-postgresql-datasource"
)
