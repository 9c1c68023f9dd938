"""The charter at all sites: verdicts, margins, breaches and their deadlines."""

from typing import Final

from charter_rules.findings import MISSED, Verdict
from models.kpi.registry import KPIS
from service.dashboards import sql
from service.dashboards.description import (
    LANG,
    Board,
    Colour,
    Column,
    Look,
    Matrix,
    Panel,
    Prometheus,
    Row,
    Step,
)
from service.dashboards.figures import (
    BAD_IF_ONE,
    BREACH_STATES,
    NONE_WANTED,
    NUMBERED_VERDICTS,
    RULE,
    SITE,
    SITE_VARIABLE,
    VERDICTS,
    WITHIN_LIMIT,
)
from service.dashboards.promql import any_of, instant_ms, one
from service.dashboards.sql import BREACH_MARKS, HOLD_MARKS, IMPORT_MARKS
from service.dashboards.units import COUNT, INSTANT, SHARE, shown_base
from service.metrics import charter, kpis, serving
from service.metrics.kpi_families import KPI_FAMILIES

_VERDICT: Final = f"{one(charter.VERDICT)} == 1"
_STANDING: Final = f"{one(charter.BREACH_STANDING)} == 1"
_TITLE: Final = f"title_{LANG}"
_INFO: Final = (_TITLE, "axis", "severity", "legal_status")
_UNDECIDED: Final = (Verdict.SUSPECTED, Verdict.COMPLIANT_NOT_PROVEN, Verdict.INSUFFICIENT_DATA)


def _number_of(key: str, verdicts: tuple[Verdict, ...], steps: tuple[Step, ...]) -> Panel:
    chosen = "=~" + "|".join(verdict.value for verdict in verdicts)
    return Panel(
        key=key,
        look=Look.STAT,
        unit=COUNT,
        width=6,
        height=4,
        steps=steps,
        queries=(
            Prometheus(
                expr=f"sum by (site) ({one(charter.VERDICT, verdict=chosen)})", legend="{{site}}"
            ),
        ),
    )


def _margins(unit: str, *, width: int) -> Panel:
    """How far the KPIs of one unit are from their limits."""
    families = tuple(KPI_FAMILIES[kpi].margin for kpi in KPIS if KPI_FAMILIES[kpi].unit == unit)
    shown = shown_base(unit)
    return Panel(
        key=f"margins_{unit}",
        look=Look.BARS,
        unit=shown.grafana,
        width=width,
        height=9,
        steps=WITHIN_LIMIT,
        queries=(
            Prometheus(
                expr=shown.of(any_of(families, by=("site", "rule", "window"))),
                legend="{{site}}, {{rule}}",
            ),
        ),
    )


_SITES: Final = Row(
    key="sites",
    panels=(
        Panel(
            key="site_table",
            look=Look.TABLE,
            width=24,
            height=5,
            queries=(Prometheus(expr=one(serving.SITE_INFO)),),
            columns=(
                SITE,
                Column(field="name", word="name"),
                Column(field="operator", word="operator"),
                Column(field="city", word="city"),
                Column(field="zone", word="zone"),
                Column(field="charter", word="charter"),
                Column(field="simulated", word="simulated"),
            ),
        ),
    ),
)

_SUMMARY: Final = Row(
    key="verdicts",
    panels=(
        _number_of("rules_missed", tuple(sorted(MISSED)), NONE_WANTED),
        _number_of("rules_undecided", _UNDECIDED, (Step(colour=Colour.QUIET),)),
        _number_of("rules_kept", (Verdict.COMPLIANT,), (Step(colour=Colour.GOOD),)),
        Panel(
            key="rules_late",
            look=Look.STAT,
            unit=COUNT,
            width=6,
            height=4,
            steps=NONE_WANTED,
            queries=(
                Prometheus(
                    expr=f"sum by (site) ({one(charter.BREACH_LATE)}) "
                    f"or 0 * sum by (site) ({one(charter.BREACH_STANDING)})",
                    legend="{{site}}",
                ),
            ),
        ),
        Panel(
            key="verdict_matrix",
            look=Look.TABLE,
            width=10,
            height=18,
            shown=VERDICTS,
            matrix=Matrix(row="rule", column="site", cell="verdict"),
            queries=(Prometheus(expr=_VERDICT),),
            columns=(Column(field="rule\\site", word="rule", is_rule=True),),
        ),
        Panel(
            key="rule_table",
            look=Look.TABLE,
            width=14,
            height=18,
            queries=(
                Prometheus(
                    expr=f"({_VERDICT}) * on (site, rule) group_left ({', '.join(_INFO)}) "
                    + one(charter.RULE_INFO, by=("site", "rule", *_INFO))
                ),
            ),
            columns=(
                SITE,
                RULE,
                Column(field=_TITLE, word="title"),
                Column(field="verdict", word="verdict", shown=VERDICTS),
                Column(field="axis", word="axis"),
                Column(field="severity", word="severity"),
                Column(field="legal_status", word="legal_status"),
            ),
        ),
        Panel(
            key="verdicts_over_time",
            look=Look.SERIES,
            unit=COUNT,
            width=24,
            queries=(
                Prometheus(
                    expr=f"sum by (site, verdict) ({one(charter.VERDICT)})",
                    legend="{{site}}, {{verdict}}",
                ),
            ),
        ),
    ),
)

_MARGINS: Final = Row(
    key="margins",
    panels=(
        _margins("ratio", width=8),
        _margins("cubic_meters_per_joule", width=8),
        _margins("dba", width=8),
        _margins("joules", width=8),
        _margins("celsius", width=8),
        Panel(
            key="forecast_breach",
            look=Look.BARS,
            unit=SHARE,
            width=8,
            height=9,
            steps=(
                Step(colour=Colour.GOOD),
                Step(colour=Colour.WARNING, at=0.5),
                Step(colour=Colour.BAD, at=0.9),
            ),
            queries=(Prometheus(expr=one(kpis.FORECAST_BREACH), legend="{{site}}, {{kpi}}"),),
        ),
    ),
)

_BREACHES: Final = Row(
    key="breaches",
    panels=(
        Panel(
            key="breach_states",
            look=Look.TABLE,
            width=24,
            queries=(
                Prometheus(
                    expr=f"({one(charter.BREACH_STATE)} == 1) and on (site, rule) ({_STANDING})"
                ),
                Prometheus(expr=instant_ms(charter.BREACH_BEGAN)),
                Prometheus(expr=instant_ms(charter.BREACH_NOTICED)),
                Prometheus(expr=instant_ms(charter.BREACH_DEADLINE)),
                Prometheus(expr=one(charter.BREACH_LATE)),
            ),
            columns=(
                SITE,
                RULE,
                Column(field="state", word="state", shown=BREACH_STATES),
                Column(field="Value #B", word="began", unit=INSTANT),
                Column(field="Value #C", word="noticed", unit=INSTANT),
                Column(field="Value #D", word="deadline", unit=INSTANT),
                Column(field="Value #E", word="late", shown=BAD_IF_ONE),
            ),
        ),
    ),
)

_HISTORY: Final = Row(
    key="history",
    folded=True,
    panels=(
        Panel(
            key="verdict_history",
            look=Look.STATES,
            width=24,
            height=20,
            shown=NUMBERED_VERDICTS,
            queries=(sql.verdict_history(),),
        ),
        Panel(
            key="breach_history",
            look=Look.TABLE,
            width=24,
            height=9,
            queries=(sql.breaches(),),
            columns=(
                SITE,
                RULE,
                Column(field="state", word="state", shown=BREACH_STATES),
                Column(field="began", word="began", unit=INSTANT),
                Column(field="opened", word="opened", unit=INSTANT),
                Column(field="resolved", word="resolved", unit=INSTANT),
                Column(field="deadline", word="deadline"),
                Column(field="value", word="value"),
                Column(field="threshold", word="threshold"),
                Column(field="unit", word="unit"),
            ),
        ),
        Panel(
            key="revised_figures",
            look=Look.TABLE,
            width=24,
            height=9,
            queries=(sql.revisions(),),
            columns=(
                Column(field="time", word="revised", unit=INSTANT),
                SITE,
                Column(field="kpi", word="kpi"),
                Column(field="span", word="span"),
                Column(field="start", word="start", unit=INSTANT),
                Column(field="before", word="before"),
                Column(field="after", word="after"),
                Column(field="unit", word="unit"),
            ),
        ),
    ),
)

BOARD: Final = Board(
    uid="boucle-charter",
    key="charter",
    rows=(_SUMMARY, _MARGINS, _BREACHES, _SITES, _HISTORY),
    variables=(SITE_VARIABLE,),
    marks=(BREACH_MARKS, IMPORT_MARKS, HOLD_MARKS),
    since="now-30d",
    refresh="1m",
)
