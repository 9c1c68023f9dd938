"""What an operator looks at first: what runs, what is broken, where the KPIs stand."""

from typing import Final

from service.dashboards.description import (
    LANG,
    Board,
    Colour,
    Column,
    Look,
    Panel,
    Prometheus,
    Row,
    Step,
)
from service.dashboards.figures import (
    BAD_IF_ONE,
    DEVICE,
    DEVICE_STATES,
    GOOD_OR_BAD,
    METER,
    NONE_WANTED,
    RULE,
    SCRAPED,
    SITE,
    SITE_VARIABLE,
    WINDOW_VARIABLE,
    history_panel,
    kpi_panel,
    since_column,
)
from service.dashboards.promql import age, instant_ms, one, series
from service.dashboards.sql import BREACH_MARKS, HOLD_MARKS, IMPORT_MARKS, JOURNAL_MARKS
from service.dashboards.units import COUNT, INSTANT, SECONDS, SHARE
from service.evaluation.closed_periods import ClosedSpan
from service.metrics import charter, devices, heat, identity, kpis, points, serving

# The limits of /readyz.
_FIGURES_LATE_S: Final = 10.0
_COLLECTOR_LATE_S: Final = 20.0


def _late_after(seconds: float) -> tuple[Step, ...]:
    return (Step(colour=Colour.GOOD), Step(colour=Colour.BAD, at=seconds))


_STATE: Final = Row(
    key="state",
    panels=(
        Panel(
            key="programs_up",
            look=Look.STAT,
            width=6,
            height=5,
            shown=GOOD_OR_BAD,
            queries=(Prometheus(expr=f"min by (job) ({SCRAPED})", legend="{{job}}"),),
        ),
        Panel(
            key="database_up",
            look=Look.STAT,
            width=6,
            height=5,
            shown=GOOD_OR_BAD,
            queries=(
                Prometheus(
                    expr=f"min by (site, program) ({series(identity.DATABASE_UP)})",
                    legend="{{site}}, {{program}}",
                ),
            ),
        ),
        Panel(
            key="figures_age",
            look=Look.STAT,
            unit=SECONDS,
            width=4,
            height=5,
            steps=_late_after(_FIGURES_LATE_S),
            queries=(Prometheus(expr=age(serving.SNAPSHOT_TIME), legend="{{site}}"),),
        ),
        Panel(
            key="collector_age",
            look=Look.STAT,
            unit=SECONDS,
            width=4,
            height=5,
            steps=_late_after(_COLLECTOR_LATE_S),
            queries=(Prometheus(expr=age(serving.COLLECTOR_REPORT), legend="{{site}}"),),
        ),
        Panel(
            key="breaches_count",
            look=Look.STAT,
            unit=COUNT,
            width=4,
            height=5,
            steps=NONE_WANTED,
            queries=(
                Prometheus(
                    expr=f"sum by (site) ({one(charter.BREACH_STANDING)})", legend="{{site}}"
                ),
            ),
        ),
    ),
)

_TITLE: Final = f"title_{LANG}"
_BREACHES: Final = Row(
    key="breaches",
    panels=(
        Panel(
            key="breaches_standing",
            look=Look.TABLE,
            width=24,
            height=7,
            queries=(
                Prometheus(
                    expr=f"({one(charter.BREACH_STANDING)} == 1) * on (site, rule) group_left "
                    f"({_TITLE}, severity) "
                    + one(charter.RULE_INFO, by=("site", "rule", _TITLE, "severity"))
                    + f" or on (site, rule) ({one(charter.BREACH_STANDING)} == 1)",
                ),
                Prometheus(expr=instant_ms(charter.BREACH_BEGAN)),
                Prometheus(expr=instant_ms(charter.BREACH_DEADLINE)),
                Prometheus(expr=one(charter.BREACH_LATE)),
            ),
            columns=(
                SITE,
                RULE,
                Column(field=_TITLE, word="title"),
                Column(field="severity", word="severity"),
                Column(field="Value #B", word="began", unit=INSTANT),
                Column(field="Value #C", word="deadline", unit=INSTANT),
                Column(field="Value #D", word="late", shown=BAD_IF_ONE),
            ),
        ),
    ),
)

_KPIS: Final = Row(
    key="kpis",
    panels=(
        kpi_panel("pue"),
        kpi_panel("wue"),
        kpi_panel("erf"),
        Panel(
            key="kpi_coverage",
            look=Look.BARS,
            unit=SHARE,
            width=12,
            height=9,
            steps=(
                Step(colour=Colour.BAD),
                Step(colour=Colour.WARNING, at=0.9),
                Step(colour=Colour.GOOD, at=0.95),
            ),
            queries=(
                Prometheus(expr=one(kpis.COVERAGE, window="$window"), legend="{{site}}, {{kpi}}"),
            ),
        ),
        Panel(
            key="kpi_withheld",
            look=Look.TABLE,
            width=12,
            height=9,
            queries=(
                Prometheus(expr=f"{one(kpis.WITHHELD, window='$window')} == 1"),
                Prometheus(expr=f"{one(kpis.DOUBTFUL, window='$window')} == 1"),
            ),
            columns=(
                SITE,
                Column(field="kpi", word="kpi"),
                Column(field="reason", word="reason"),
                Column(field="Value #B", word="doubtful", shown=BAD_IF_ONE),
            ),
        ),
    ),
)

_NOT_WELL: Final = f"{one(devices.DEVICE_STATE, state='!=ok')} == 1"
_DATA: Final = Row(
    key="data",
    panels=(
        Panel(
            key="data_age",
            look=Look.SERIES,
            unit=SECONDS,
            queries=(
                Prometheus(
                    expr=f"topk(10, {age(points.DATA_TIME)})", legend="{{site}}, {{device}}"
                ),
            ),
        ),
        Panel(
            key="devices_not_well",
            look=Look.TABLE,
            queries=(
                Prometheus(expr=_NOT_WELL),
                Prometheus(
                    expr=f"{instant_ms(devices.DEVICE_STATE_SINCE)} "
                    f"and on (site, device) ({_NOT_WELL})"
                ),
            ),
            columns=(
                SITE,
                DEVICE,
                Column(field="state", word="state", shown=DEVICE_STATES),
                since_column("Value #B"),
            ),
        ),
        Panel(
            key="points_not_good",
            look=Look.TABLE,
            unit=COUNT,
            queries=(Prometheus(expr=f"{one(points.POINTS, quality='!=good')} > 0"),),
            columns=(
                SITE,
                DEVICE,
                Column(field="quality", word="quality"),
                Column(field="Value", word="points", unit=COUNT),
            ),
        ),
        Panel(
            key="registers_frozen",
            look=Look.TABLE,
            queries=(Prometheus(expr=instant_ms(kpis.FROZEN_SINCE)),),
            width=6,
            columns=(SITE, METER, since_column()),
        ),
        Panel(
            key="meters_in_doubt",
            look=Look.TABLE,
            width=6,
            queries=(
                Prometheus(expr=one(kpis.METER_IN_DOUBT)),
                Prometheus(expr=one(heat.SUSPECT)),
            ),
            columns=(
                SITE,
                METER,
                Column(field="reason", word="reason"),
                Column(field="fault", word="fault"),
            ),
        ),
    ),
)

_HISTORY: Final = Row(
    key="history",
    folded=True,
    panels=(
        history_panel("pue", ClosedSpan.DAY),
        history_panel("pue", ClosedSpan.MONTH),
        history_panel("wue", ClosedSpan.DAY),
        history_panel("wue", ClosedSpan.MONTH),
    ),
)

BOARD: Final = Board(
    uid="boucle-operator",
    key="operator",
    rows=(_STATE, _BREACHES, _KPIS, _DATA, _HISTORY),
    variables=(SITE_VARIABLE, WINDOW_VARIABLE),
    marks=(BREACH_MARKS, IMPORT_MARKS, HOLD_MARKS, JOURNAL_MARKS),
)
