"""A past of so many entries of each kind, made by the database itself: the newest are of now."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from charter_rules.breaches.state import Breach, BreachState
from charter_rules.findings import Verdict
from service.collection import point_specs
from service.storage.connection import Connection
from service.storage.points import register_points
from service.storage.writer import write_batch
from tests.service.pages.sample_snapshot import sample_site
from tests.service.storage.batches import batch_of

SITE_ID: Final = sample_site().identity.id
POINT: Final = "intake_a.active_power_kw"
RULE: Final = "paris_pue_measured"
# Of the chain every fifth entry is of a breach, and each breach has two.
_OF_BREACH: Final = 5
_READ_EACH: Final = timedelta(minutes=10)
_TIMEOUT_S: Final = 120.0
_KPIS: Final = """
insert into kpi_result (
    site, kpi, span, start_ts, end_ts, computed_at, revised_at, unit, value, expanded_uncertainty,
    coverage_ratio, bridged_ratio, flags, doubts, origin, numerator, denominator, revision,
    code_version
)
select $1, 'pue', 'hour', at, at + interval '1 hour', at + again * interval '1 day',
    case when again = 1 then at + interval '2 days' end, '', 1.2, 0.03, 1, 0, '', '', 0, 120, 100,
    again, 'bench'
from generate_series($2::integer, $3::integer) as n, generate_series(1, 2) as again,
    lateral (select date_trunc('hour', $4::timestamptz) - n * interval '1 hour' as at) as start
"""
_CHAIN: Final = """
insert into evidence_chain (
    site, seq, recorded_at, rule_id, reason, body, prev_sha256, public_key, sha256, signature
)
select $1, n, $4::timestamptz + n * interval '1 minute',
    case when n % 3 = 0 then 'paris_pue_measured' else 'rule_' || n % 50 end,
    case when n % 5 = 0 then 'breach' else 'daily' end,
    case when n % 5 = 0 then
        '{"after":"open","at":"2026-01-01T00:00:00.000000Z","before":null,"breach_id":"rule_'
        || n / 10 || '-1","details":{},"kind":"opened","rule_id":"paris_pue_measured",'
        || '"who":"boucle","why":"it stood"}'
    else
        '{"code_version":"bench","rule_id":"paris_pue_measured","verdict":"compliant","value":1.2,"padding":"'
        || repeat('x', 1000) || '"}'
    end, repeat('0', 64), repeat('0', 64), repeat('0', 64), repeat('0', 128)
from generate_series($2::integer, $3::integer) as n
"""
_BREACHES: Final = """
insert into breach (site, breach_id, rule_id, state, began_at, noticed_at, body)
select $1, id, 'paris_pue_measured', state, at, at,
    $5::jsonb || jsonb_build_object('id', id, 'state', state, 'noticed_at', at, 'began_at', at)
from generate_series($2::integer, $3::integer) as n, lateral (
    select 'rule_' || n || '-1' as id, $4::timestamptz + n * interval '1 minute' as at,
        case when n % 10 = 0 then 'open' else 'resolved' end as state
) as one
"""
_IMPORTS: Final = """
insert into import_log (site, file_name, sha256, rows, from_ts, to_ts)
select $1, n || '.csv', lpad(n::text, 64, '0'), 10, $4::timestamptz, $4::timestamptz
from generate_series($2::integer, $3::integer) as n
"""
_AUDIT: Final = """
insert into audit_log (at, who, action, object, site, details)
select $4::timestamptz + n * interval '1 minute', 'bench', 'read', 'thing ' || n, $1, '{}'
from generate_series($2::integer, $3::integer) as n
"""
_CHARGES: Final = """
insert into taken_in_charge (site, kind, subject, account, name, note, at, ended_at, ended_by)
select $1, 'device', 'pdu_' || n, 'bench', 'Bench', 'seen', $4::timestamptz, $4::timestamptz,
    'bench'
from generate_series($2::integer, $3::integer) as n
"""
_HOURS: Final = """
insert into reading_hour
select $1, date_trunc('hour', $4::timestamptz) - n * interval '1 hour', null, n, null, n, 360, 0,
    0, 0, 0, n, n, 3600000000, 1.0, 0, 0.0, n
from generate_series($2::integer, $3::integer) as n
"""
_DAYS: Final = """
insert into reading_day
select $1, $4::timestamptz::date - n, null, n, null, n, 360, 0, 0, 0, 0, n, n, 3600000000, 1.0,
    0, 0.0, n
from generate_series($2::integer, $3::integer) as n
"""


@dataclass(slots=True)
class LongHistory:
    """Grows from one length to the next; ``now`` is the instant all of it leads up to."""

    conn: Connection
    now: datetime
    length: int = 0

    async def grow(self, length: int) -> None:
        """As many entries of each kind as that."""
        first, last, self.length = self.length + 1, length, length
        span = (first, last)
        ids = await register_points(self.conn, SITE_ID, point_specs(sample_site()))
        # What comes with a number comes after what was there.
        start = self.now - timedelta(days=400)
        for query in (_CHAIN, _IMPORTS, _AUDIT, _CHARGES):
            await self.conn.execute(query, SITE_ID, *span, start, timeout=_TIMEOUT_S)
        of_breaches = (first // (2 * _OF_BREACH), last // (2 * _OF_BREACH) - 1)
        await self.conn.execute(
            _BREACHES, SITE_ID, *of_breaches, start, _breach(start), timeout=_TIMEOUT_S
        )
        await self.fill_kpis(*span)
        for query in (_HOURS, _DAYS):
            await self.conn.execute(query, ids[POINT], *span, self.now, timeout=_TIMEOUT_S)
        await self._read(ids[POINT], first, last)
        await self.conn.execute("analyze", timeout=_TIMEOUT_S)

    async def fill_kpis(self, first: int, last: int) -> None:
        """The PUE of so many hours, each known twice."""
        await self.conn.execute(_KPIS, SITE_ID, first, last, self.now, timeout=_TIMEOUT_S)

    async def _read(self, point_id: int, first: int, last: int) -> None:
        at = [int((self.now - n * _READ_EACH).timestamp()) * 1_000_000 for n in range(first, last)]
        batch = batch_of([point_id] * len(at), at, [176.0] * len(at))
        await write_batch(self.conn, batch, timeout_s=_TIMEOUT_S)


def _breach(at: datetime) -> str:
    one = Breach(
        id="",
        rule_id=RULE,
        rule_version=1,
        state=BreachState.RESOLVED,
        began_at=at,
        noticed_at=at,
        last_at=at,
        last_verdict=Verdict.BREACH,
    )
    return json.dumps(TypeAdapter(Breach).dump_python(one, mode="json"))


def hour_of(moment: datetime) -> str:
    """As it stands in a query."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:00:00Z")
