"""KPIs of closed periods: every figure that was ever held for right, and since when."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from models.kpi.result import KpiResult
from models.readings import Origin
from service.evaluation.closed_periods import ClosedSpan, KnownResult, Progress
from service.storage.connection import Pool
from service.storage.lease import Held
from service.storage.named_sql import load_queries
from service.storage.pooled import pooled
from service.storage.writer import row_count
from service.version import code_version

_SQL = load_queries("kpi_results.sql")
_TIMEOUT_S = 60.0


class StoredKpis:
    """The KPIs of the closed periods of one site."""

    def __init__(self, pool: Pool, site: str, held: Held | None = None) -> None:
        """``held``: what may only be written while a lease is."""
        self._pool, self._site, self._held = pool, site, held

    async def progress(self) -> Progress | None:
        """What was taken in so far; None before the first time."""
        async with pooled(self._pool) as conn:
            row = await conn.fetchrow(_SQL["fetch_progress"], self._site, timeout=_TIMEOUT_S)
        if row is None:
            return None
        waiting = None if row["from_ts"] is None else (row["from_ts"], row["to_ts"])
        return Progress(revision=row["revision"], waiting=waiting)

    async def record(
        self, results: Sequence[tuple[ClosedSpan, KpiResult]], progress: Progress, now: datetime
    ) -> int:
        """Keep results that are new or otherwise, and the progress with them; how many were."""
        rows = [
            (self._site, span, *_columns(one, now), progress.revision, code_version())
            for span, one in results
        ]
        waiting = progress.waiting or (None, None)
        async with pooled(self._pool) as conn, conn.transaction():
            if self._held is not None:
                await self._held.guard(conn)
            await conn.execute(_SQL["create_staging"])
            await conn.copy_records_to_table(
                "kpi_result_staging",
                schema_name="pg_temp",
                records=rows,
                columns=_COLUMNS,
                timeout=_TIMEOUT_S,
            )
            await conn.execute(_SQL["drop_unchanged"], timeout=_TIMEOUT_S)
            await conn.execute(_SQL["revise"], timeout=_TIMEOUT_S)
            status = await conn.execute(_SQL["insert_staged"], timeout=_TIMEOUT_S)
            await conn.execute(_SQL["upsert_progress"], self._site, progress.revision, *waiting)
        return row_count(status)

    async def results(
        self,
        kpi: str,
        span: ClosedSpan,
        period: tuple[datetime, datetime],
        *,
        known_at: datetime | None,
        limit: int,
    ) -> list[KnownResult]:
        """The figures of the periods that start in ``[start, end)``, in order.

        Parameters
        ----------
        kpi : str
            Its id.
        span : ClosedSpan
            The kind of period.
        period : (datetime, datetime)
            Start and end.
        known_at : datetime or None
            As they were held for right then; None for every figure that ever was.
        limit : int
            How many at most.
        """
        asked = (self._site, kpi, span.value, *period)
        async with pooled(self._pool) as conn:
            if known_at is None:
                query = _SQL["fetch_revisions"]
                rows = await conn.fetch(query, *asked, limit, timeout=_TIMEOUT_S)
            else:
                query = _SQL["fetch_results"]
                rows = await conn.fetch(query, *asked, known_at, limit, timeout=_TIMEOUT_S)
        return [_known(row) for row in rows]


_COLUMNS = (
    *("site", "span", "kpi", "start_ts", "end_ts", "computed_at", "unit", "value"),
    *("expanded_uncertainty", "coverage_ratio", "bridged_ratio", "withheld", "flags", "doubts"),
    *("origin", "numerator", "denominator", "revision", "code_version"),
)


def _columns(one: KpiResult, now: datetime) -> tuple[object, ...]:
    return (
        one.kpi,
        one.window.start,
        one.window.end,
        now,
        one.unit,
        one.value,
        one.expanded_uncertainty,
        one.coverage_ratio,
        one.bridged_ratio,
        None if one.withheld is None else one.withheld.value,
        " ".join(flag.value for flag in one.flags),
        " ".join(f"{doubt.meter}:{doubt.reason.value}" for doubt in one.doubts),
        one.origin.value,
        one.numerator,
        one.denominator,
    )


def _known(row: asyncpg.Record) -> KnownResult:
    columns = dict(row)
    return KnownResult(
        start=columns.pop("start_ts"),
        end=columns.pop("end_ts"),
        flags=tuple(columns.pop("flags").split()),
        doubts=tuple(columns.pop("doubts").split()),
        origin=Origin(columns.pop("origin")),
        **columns,
    )
