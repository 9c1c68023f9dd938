"""What Grafana reads at its start: data sources, where dashboards lie, and the role of the reader.

Source: Grafana documentation, "Provision Grafana": `$NAME` is read from the environment of
the server. No secret is written to a file.
"""

from typing import Final

from models.site.disclosure import Confidentiality
from service.dashboards.sources import PROMETHEUS_SOURCE, SQL_SOURCE
from service.storage.reader_roles import login_sql

READER: Final = "boucle_grafana"

DATASOURCES: Final = f"""\
# The environment of Grafana names places and passwords; no secret stands here.
apiVersion: 1
datasources:
  - name: {PROMETHEUS_SOURCE.name}
    uid: {PROMETHEUS_SOURCE.uid}
    type: {PROMETHEUS_SOURCE.plugin}
    access: proxy
    url: $GRAFANA_PROMETHEUS_URL
    jsonData:
      httpMethod: POST
"""

SQL_DATASOURCE: Final = f"""\
  - name: {SQL_SOURCE.name}
    uid: {SQL_SOURCE.uid}
    type: {SQL_SOURCE.plugin}
    access: proxy
    url: $GRAFANA_TIMESCALEDB_ADDRESS
    user: {READER}
    jsonData:
      database: $GRAFANA_TIMESCALEDB_NAME
      sslmode: $GRAFANA_TIMESCALEDB_SSLMODE
      postgresVersion: 1500
      timescaledb: true
      maxOpenConns: 4
    secureJsonData:
      password: $GRAFANA_TIMESCALEDB_PASSWORD
"""

PROVIDERS: Final = """\
apiVersion: 1
providers:
  - name: boucle
    folder: Boucle
    type: file
    allowUiUpdates: false
    options:
      path: $GRAFANA_BOUCLE_DASHBOARDS
"""


def read_only_role(clearance: Confidentiality) -> str:
    """The role of Grafana: it reads the views as far as it is cleared, and nothing else."""
    return f"-- After boucle migrate, as superuser.\n{login_sql(READER, clearance)}"
