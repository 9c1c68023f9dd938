"""What several dashboards have: variables, states, KPIs with their uncertainty and limits."""

from typing import Final

from charter_rules.breaches.state import BreachState
from charter_rules.findings import Verdict
from models.readings import DeviceState
from service.dashboards import sql
from service.dashboards.description import (
    NO_UNIT,
    Colour,
    Column,
    Limit,
    Look,
    Panel,
    Prometheus,
    Shown,
    Step,
    Variable,
)
from service.dashboards.promql import one, series
from service.dashboards.units import INSTANT, shown_base, shown_kpi, stored_kpi
from service.evaluation.closed_periods import ClosedSpan
from service.metrics import collecting, devices, kpis, serving
from service.metrics.family import Program
from service.metrics.kpi_families import KPI_FAMILIES

SITE_VARIABLE: Final = Variable(
    name="site",
    # Of servers and of collectors: a site is there while one of both is scraped.
    query="label_values({__name__=~"
    f'"{serving.SNAPSHOT_TIME.name}|{collecting.LAST_POLL.name}"'
    "}, site)",
)
WINDOW_VARIABLE: Final = Variable(
    name="window", query=f"label_values({series(kpis.COVERAGE)}, window)", chosen="today"
)
DEVICE_VARIABLE: Final = Variable(
    name="device", query=f"label_values({series(devices.DEVICE_INFO)}, device)"
)

# The scrape jobs, as service/metrics/README.md names them.
_JOBS: Final = "|".join(f"boucle-{program.value}" for program in Program)
SCRAPED: Final = f'up{{job=~"{_JOBS}"}}'

GOOD_OR_BAD: Final = (
    Shown(value="0", word="down", colour=Colour.BAD),
    Shown(value="1", word="up", colour=Colour.GOOD),
)
BAD_IF_ONE: Final = (
    Shown(value="0", word="no", colour=Colour.GOOD),
    Shown(value="1", word="yes", colour=Colour.BAD),
)
# A count of which any is too much; Prometheus reckons counts over a time a little off.
NONE_WANTED: Final = (Step(colour=Colour.GOOD), Step(colour=Colour.BAD, at=0.5))
WITHIN_LIMIT: Final = (Step(colour=Colour.BAD), Step(colour=Colour.GOOD, at=0.0))

_VERDICT_COLOURS: Final = {
    Verdict.COMPLIANT: Colour.GOOD,
    Verdict.COMPLIANT_NOT_PROVEN: Colour.DOUBT,
    Verdict.SUSPECTED: Colour.WARNING,
    Verdict.BREACH: Colour.BAD,
    Verdict.DEVIATION: Colour.WARNING,
    Verdict.DECLARED_UNCHECKED: Colour.OTHER,
    Verdict.LATE: Colour.WARNING,
    Verdict.NOT_HANDED_IN: Colour.BAD,
    Verdict.NOT_FIXED: Colour.QUIET,
    Verdict.INSUFFICIENT_DATA: Colour.DOUBT,
    Verdict.NOT_APPLICABLE: Colour.QUIET,
    Verdict.NOT_IN_FORCE: Colour.QUIET,
}
VERDICTS: Final = tuple(
    Shown(value=verdict.value, word=f"verdict.{verdict.value}", colour=_VERDICT_COLOURS[verdict])
    for verdict in Verdict
)
NUMBERED_VERDICTS: Final = tuple(
    Shown(value=str(n), word=f"verdict.{verdict.value}", colour=_VERDICT_COLOURS[verdict])
    for verdict, n in sql.VERDICT_NUMBERS.items()
)
_BREACH_COLOURS: Final = {
    BreachState.PENDING: Colour.DOUBT,
    BreachState.OPEN: Colour.BAD,
    BreachState.ACKNOWLEDGED: Colour.BAD,
    BreachState.JUSTIFIED: Colour.WARNING,
    BreachState.RESOLVED: Colour.GOOD,
    BreachState.REOPENED: Colour.BAD,
}
BREACH_STATES: Final = tuple(
    Shown(value=state.value, word=f"breach.{state.value}", colour=_BREACH_COLOURS[state])
    for state in BreachState
)
_DEVICE_COLOURS: Final = {
    DeviceState.OK: Colour.GOOD,
    DeviceState.DEGRADED: Colour.WARNING,
    DeviceState.STARTING: Colour.OTHER,
    DeviceState.LOST: Colour.BAD,
}
DEVICE_STATES: Final = tuple(
    Shown(value=state.value, word=f"device.{state.value}", colour=_DEVICE_COLOURS[state])
    for state in DeviceState
)

# A PUE and a WUE are told to the thousandth; the rest as Grafana finds best.
_DECIMALS: Final = {NO_UNIT: 3, shown_base("cubic_meters_per_joule").grafana: 3}

SITE: Final = Column(field="site", word="site")
RULE: Final = Column(field="rule", word="rule", is_rule=True)
DEVICE: Final = Column(field="device", word="device")
METER: Final = Column(field="meter", word="meter")
WINDOW: Final = Column(field="window", word="window")


def since_column(field: str = "Value") -> Column:
    """An instant since when something is."""
    return Column(field=field, word="since", unit=INSTANT)


def kpi_panel(kpi: str, *, width: int = 8) -> Panel:
    """A KPI in the chosen window with both ends of its uncertainty and what rules ask of it."""
    families, unit = KPI_FAMILIES[kpi], shown_kpi(kpi)
    value = one(families.value, window="$window")
    spread = one(families.expanded_uncertainty, window="$window")
    return Panel(
        key=f"{kpi}_now",
        look=Look.SERIES,
        unit=unit.grafana,
        decimals=_DECIMALS.get(unit.grafana),
        width=width,
        queries=(
            Prometheus(expr=unit.of(value), legend="{{site}}"),
            Prometheus(expr=unit.of(f"({value} - {spread})"), legend="{{site}} − U"),
            Prometheus(expr=unit.of(f"({value} + {spread})"), legend="{{site}} + U"),
            Prometheus(
                expr=unit.of(one(families.threshold)), legend="{{rule}}, {{window}}, {{bound}}"
            ),
        ),
        limits=(Limit(of_query="B"), Limit(of_query="C"), Limit(of_query="D", colour=Colour.BAD)),
    )


def history_panel(kpi: str, span: ClosedSpan, *, width: int = 12) -> Panel:
    """A KPI of the closed days or months with its uncertainty, from the database."""
    return Panel(
        key=f"{kpi}_by_{span.value}",
        look=Look.SERIES,
        unit=stored_kpi(kpi),
        decimals=_DECIMALS.get(stored_kpi(kpi)),
        width=width,
        queries=sql.history(kpi, span),
        limits=(Limit(of_query="B"), Limit(of_query="C")),
        span="2y" if span is ClosedSpan.MONTH else "90d",
    )
