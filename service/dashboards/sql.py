"""Queries of the database, in the dialect of PostgreSQL with Grafana's macros.

``$__timeFilter`` takes a plain column only, so what is reckoned is named first. The tables and
their columns are described in the database itself (``comment on``).
"""

from typing import Final

from charter_rules.breaches.state import EventKind
from charter_rules.findings import Verdict
from service.dashboards.description import Colour, Marks, Sql
from service.evaluation.closed_periods import ClosedSpan
from service.evidence.chain import BREACH, CHANGED, DAILY

# All that a role needs which only reads dashboards.
TABLES: Final = (
    "breach",
    "breach_event",
    "evidence_chain",
    "import_log",
    "kpi_result",
    "raw_hold",
)
_SITES: Final = "site in (${site:sqlstring})"
_TURNS: Final = (
    EventKind.BEGAN,
    EventKind.OPENED,
    EventKind.WITHDRAWN,
    EventKind.RESOLVED,
    EventKind.REOPENED,
    EventKind.DEADLINE_PASSED,
)


def history(kpi: str, span: ClosedSpan) -> tuple[Sql, Sql, Sql]:
    """A KPI of closed periods as it is held for right, and both ends of its uncertainty."""
    return (
        _history(kpi, span, "value", ""),
        _history(kpi, span, "value - expanded_uncertainty", " − U"),
        _history(kpi, span, "value + expanded_uncertainty", " + U"),
    )


def _history(kpi: str, span: ClosedSpan, figure: str, name: str) -> Sql:
    return Sql(
        text=f"""\
select start_ts as time, site || '{name}' as metric, {figure} as value
from kpi_result
where {_SITES} and kpi = '{kpi}' and span = '{span.value}'
    and revised_at is null and $__timeFilter(start_ts)
order by start_ts, site"""
    )


def revisions() -> Sql:
    """Figures that came out otherwise than before, the newest first."""
    return Sql(
        text=f"""\
select later.computed_at as time, later.site, later.kpi, later.span, later.start_ts as start,
    earlier.value as before, later.value as after, later.unit
from kpi_result as earlier
join kpi_result as later using (site, kpi, span, start_ts)
where earlier.revised_at = later.computed_at and later.{_SITES}
    and $__timeFilter(later.computed_at)
order by later.computed_at desc, later.site, later.kpi
limit 200"""
    )


VERDICT_NUMBERS: Final = {verdict: n for n, verdict in enumerate(Verdict)}


def verdict_history() -> Sql:
    """The last verdict of each rule and legal day, as its number in VERDICT_NUMBERS."""
    cases = "\n        ".join(
        f"when '{verdict.value}' then {n}" for verdict, n in VERDICT_NUMBERS.items()
    )
    return Sql(
        text=f"""\
select distinct on (time, metric)
    (body::jsonb ->> 'on')::date::timestamp at time zone 'UTC' as time,
    site || ' · ' || rule_id as metric,
    case body::jsonb ->> 'verdict'
        {cases}
    end as value
from evidence_chain
where {_SITES} and reason in ('{CHANGED}', '{DAILY}') and $__timeFilter(recorded_at)
order by time, metric, seq desc"""
    )


def breaches() -> Sql:
    """Breaches that began in the time shown, and all that are not resolved."""
    return Sql(
        text=f"""\
select site, rule_id as rule, state, began_at as began,
    (body ->> 'opened_at')::timestamptz as opened,
    (body ->> 'resolved_at')::timestamptz as resolved,
    body ->> 'deadline' as deadline,
    (body ->> 'value')::double precision as value,
    (body ->> 'threshold')::double precision as threshold,
    body ->> 'unit' as unit
from breach
where {_SITES} and ($__timeFilter(began_at) or state <> 'resolved')
order by began_at desc, site, rule_id
limit 200"""
    )


def _breach_events() -> Sql:
    kinds = ", ".join(f"'{kind.value}'" for kind in _TURNS)
    return Sql(
        text=f"""\
select at as time, rule_id || ': ' || kind || '. ' || why as text,
    site || ',breach,' || kind as tags
from (
    select site, rule_id, body::jsonb ->> 'kind' as kind, body::jsonb ->> 'why' as why,
        (body::jsonb ->> 'at')::timestamptz as at
    from evidence_chain
    where reason = '{BREACH}'
    union all
    select e.site, b.rule_id, e.kind, e.why, e.at
    from breach_event as e
    join breach as b using (site, breach_id)
) as happened
where {_SITES} and kind in ({kinds}) and $__timeFilter(at)
order by at
limit 500"""
    )


def _imports() -> Sql:
    return Sql(
        text=f"""\
select imported_at as time, file_name || ': ' || rows as text, site || ',import' as tags
from import_log
where {_SITES} and $__timeFilter(imported_at)
order by imported_at
limit 500"""
    )


def _holds() -> Sql:
    return Sql(
        text=f"""\
select at as time, who || ': ' || why as text, site || ',hold,' || kind as tags
from (
    select site, set_at as at, who, why, 'set' as kind from raw_hold
    union all
    select site, lifted_at, lifted_by, lifted_why, 'lifted' from raw_hold
    where lifted_at is not null
) as held
where {_SITES} and $__timeFilter(at)
order by at
limit 500"""
    )


BREACH_MARKS: Final = Marks(key="breaches", query=_breach_events(), colour=Colour.BAD)
IMPORT_MARKS: Final = Marks(key="imports", query=_imports(), colour=Colour.OTHER)
HOLD_MARKS: Final = Marks(key="holds", query=_holds(), colour=Colour.WARNING)
