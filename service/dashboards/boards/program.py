"""Boucle itself: memory, files, requests, the pace of the evaluation, and the scrapes."""

from typing import Final

from service.dashboards.description import Board, Column, Look, Panel, Prometheus, Row
from service.dashboards.figures import GOOD_OR_BAD, SCRAPED, SITE_VARIABLE
from service.dashboards.promql import RATE, age, one, rate, series
from service.dashboards.units import BYTES, COUNT, PER_SECOND, SECONDS, SHARE
from service.metrics import evaluating, identity, requests, serving

_BUILD: Final = identity.BUILD_INFO.name
# Every process of Boucle says which it is, whatever its scrape job is called.
_WHO: Final = f"on (job, instance) group_left (program) {_BUILD}"
_NAMED: Final = "{{program}}, {{instance}}"
_PART: Final = "{{site}}, {{part}}"
_SLOW: Final = 0.95


def _of_process(key: str, expr: str, unit: str, *, width: int = 8) -> Panel:
    """What the client library tells of any process."""
    return Panel(
        key=key,
        look=Look.SERIES,
        unit=unit,
        width=width,
        queries=(Prometheus(expr=f"{expr} * {_WHO}", legend=_NAMED),),
    )


def _quantile(family_series: str, by: str) -> str:
    return f"histogram_quantile({_SLOW}, sum by (le, {by}) (rate({family_series}[{RATE}])))"


_PROCESSES: Final = Row(
    key="processes",
    panels=(
        Panel(
            key="versions",
            look=Look.TABLE,
            width=12,
            queries=(
                Prometheus(expr=f"max by (program, instance, version, python_version) ({_BUILD})"),
            ),
            columns=(
                Column(field="program", word="program"),
                Column(field="instance", word="instance"),
                Column(field="version", word="version"),
                Column(field="python_version", word="python"),
            ),
        ),
        _of_process("uptime", "(time() - process_start_time_seconds)", SECONDS, width=12),
        _of_process("memory", "process_resident_memory_bytes", BYTES),
        _of_process("cpu", f"rate(process_cpu_seconds_total[{RATE}])", SHARE),
        _of_process("files", "process_open_fds", COUNT),
    ),
)

_HTTP: Final = Row(
    key="http",
    panels=(
        Panel(
            key="http_requests",
            look=Look.SERIES,
            unit="reqps",
            queries=(
                Prometheus(
                    expr=f"sum by (route, code) (rate({series(requests.REQUESTS)}[{RATE}]))",
                    legend="{{route}}, {{code}}",
                ),
            ),
        ),
        Panel(
            key="http_duration",
            look=Look.SERIES,
            unit=SECONDS,
            queries=(
                Prometheus(
                    expr=_quantile(series(requests.DURATION, suffix="_bucket"), "route"),
                    legend="{{route}}",
                ),
            ),
        ),
        Panel(
            key="http_bytes",
            look=Look.SERIES,
            unit="Bps",
            queries=(
                Prometheus(
                    expr=f"sum by (route) (rate({series(requests.SENT)}[{RATE}]))",
                    legend="{{route}}",
                ),
            ),
        ),
        Panel(
            key="event_streams",
            look=Look.SERIES,
            unit=COUNT,
            queries=(
                Prometheus(
                    expr=f"max by (instance) ({series(requests.STREAMS)})", legend="{{instance}}"
                ),
            ),
        ),
        Panel(
            key="database_connections",
            look=Look.SERIES,
            unit=COUNT,
            queries=(
                Prometheus(
                    expr=f"max by (instance, state) ({series(serving.CONNECTIONS)})",
                    legend="{{instance}}, {{state}}",
                ),
                Prometheus(
                    expr=f"max by (instance) ({series(serving.CONNECTIONS_LIMIT)})",
                    legend="{{instance}}, max",
                ),
            ),
        ),
    ),
)

_EVALUATION: Final = Row(
    key="evaluation",
    panels=(
        Panel(
            key="evaluation_duration",
            look=Look.SERIES,
            unit=SECONDS,
            queries=(
                Prometheus(
                    expr=_quantile(series(evaluating.DURATION, suffix="_bucket"), "site, part"),
                    legend=_PART,
                ),
            ),
        ),
        Panel(
            key="evaluation_age",
            look=Look.SERIES,
            unit=SECONDS,
            queries=(Prometheus(expr=age(evaluating.PUBLISHED), legend=_PART),),
        ),
        Panel(
            key="evaluation_failures",
            look=Look.SERIES,
            unit=PER_SECOND,
            queries=(Prometheus(expr=rate(evaluating.FAILURES), legend=_PART),),
        ),
        Panel(
            key="evaluation_at_work",
            look=Look.STAT,
            unit=COUNT,
            width=6,
            queries=(
                Prometheus(expr=f"sum by (site) ({series(evaluating.AT_WORK)})", legend="{{site}}"),
            ),
        ),
        Panel(
            key="evaluation_up",
            look=Look.STAT,
            width=6,
            shown=GOOD_OR_BAD,
            queries=(Prometheus(expr=one(serving.EVALUATION_UP), legend="{{site}}"),),
        ),
        Panel(
            key="database_by_program",
            look=Look.STATES,
            width=12,
            shown=GOOD_OR_BAD,
            queries=(
                Prometheus(
                    expr=f"min by (site, program) ({series(identity.DATABASE_UP)})",
                    legend="{{site}}, {{program}}",
                ),
            ),
        ),
        Panel(
            key="ready",
            look=Look.STATES,
            width=12,
            shown=GOOD_OR_BAD,
            queries=(
                Prometheus(
                    expr=f"max by (instance) ({series(serving.READY)})", legend="{{instance}}"
                ),
            ),
        ),
    ),
)

_SCRAPES: Final = Row(
    key="scrapes",
    panels=(
        Panel(
            key="scrape_up",
            look=Look.STATES,
            width=8,
            shown=GOOD_OR_BAD,
            queries=(Prometheus(expr=SCRAPED, legend="{{job}}, {{instance}}"),),
        ),
        _of_process("scrape_duration", "scrape_duration_seconds", SECONDS),
        _of_process("scrape_samples", "scrape_samples_scraped", COUNT),
    ),
)

BOARD: Final = Board(
    uid="boucle-program",
    key="program",
    rows=(_PROCESSES, _HTTP, _EVALUATION, _SCRAPES),
    variables=(SITE_VARIABLE,),
    since="now-6h",
)
