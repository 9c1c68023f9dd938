"""Queries of the database, in the dialect of PostgreSQL with Grafana's macros.

``$__timeFilter`` takes a plain column only, so what is reckoned is named first. The views and their
columns are described in the database itself (``comment on``) and in ``service/storage/VIEWS.md``.
"""

from typing import Final

from charter_rules.breaches.state import EventKind
from charter_rules.findings import Verdict
from service.dashboards.description import Colour, Marks, Sql
from service.evaluation.closed_periods import ClosedSpan
from service.evidence.chain import CHANGED, DAILY

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
select starts_at as time, site || '{name}' as metric, {figure} as value
from boucle_views.kpis
where {_SITES} and kpi = '{kpi}' and span = '{span.value}' and $__timeFilter(starts_at)
order by starts_at, site"""
    )


def revisions() -> Sql:
    """Figures that came out otherwise than before, the newest first."""
    return Sql(
        text=f"""\
select revised_at as time, site, kpi, span, starts_at as start,
    value_before as before, value_after as after, unit
from boucle_views.kpi_revisions
where {_SITES} and $__timeFilter(revised_at)
order by revised_at desc, site, kpi
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
    legal_day::timestamp at time zone 'UTC' as time, site || ' · ' || rule as metric,
    case verdict
        {cases}
    end as value
from boucle_views.verdicts
where {_SITES} and reason in ('{CHANGED}', '{DAILY}') and $__timeFilter(recorded_at)
order by time, metric, seq desc"""
    )


def breaches() -> Sql:
    """Breaches that began in the time shown, and all that are not resolved."""
    return Sql(
        text=f"""\
select site, rule, state, began_at as began, opened_at as opened, resolved_at as resolved,
    deadline::text as deadline, value, threshold, unit
from boucle_views.breaches
where {_SITES} and ($__timeFilter(began_at) or state <> 'resolved')
order by began_at desc, site, rule
limit 200"""
    )


def _breach_events() -> Sql:
    kinds = ", ".join(f"'{kind.value}'" for kind in _TURNS)
    return Sql(
        text=f"""\
select at as time, rule || ': ' || kind || '. ' || why as text,
    site || ',breach,' || kind as tags
from boucle_views.breach_events
where {_SITES} and kind in ({kinds}) and $__timeFilter(at)
order by at
limit 500"""
    )


def _imports() -> Sql:
    return Sql(
        text=f"""\
select imported_at as time, file_name || ': ' || rows as text, site || ',import' as tags
from boucle_views.imports
where {_SITES} and $__timeFilter(imported_at)
order by imported_at
limit 500"""
    )


def _holds() -> Sql:
    return Sql(
        text=f"""\
select at as time, coalesce(who || ': ', '') || why as text, site || ',hold,' || kind as tags
from (
    select site, set_at as at, who, why, 'set' as kind from boucle_views.holds
    union all
    select site, lifted_at, lifted_by, lifted_why, 'lifted' from boucle_views.holds
    where lifted_at is not null
) as held
where {_SITES} and $__timeFilter(at)
order by at
limit 500"""
    )


def _journal() -> Sql:
    """Breaches have marks of their own."""
    return Sql(
        text=f"""\
select at as time, coalesce(nullif(subject, ''), kind) || ': ' || after as text,
    site || ',' || kind || ',' || after as tags
from boucle_views.journal
where {_SITES} and kind not in ('breach', 'verdict') and $__timeFilter(at)
order by at
limit 500"""
    )


BREACH_MARKS: Final = Marks(key="breaches", query=_breach_events(), colour=Colour.BAD)
IMPORT_MARKS: Final = Marks(key="imports", query=_imports(), colour=Colour.OTHER)
HOLD_MARKS: Final = Marks(key="holds", query=_holds(), colour=Colour.WARNING)
JOURNAL_MARKS: Final = Marks(key="journal", query=_journal(), colour=Colour.OTHER)
