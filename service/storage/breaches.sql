-- name: lock_trail
select pg_advisory_xact_lock(hashtextextended('boucle breach ' || $1, 0));

-- name: fetch_last_event
-- Null before the first.
select max(seq) from evidence_chain where site = $1 and reason = 'breach';

-- name: newest_of_each_rule
select distinct on (rule_id) body
from breach
where site = $1
order by rule_id, noticed_at desc, breach_id desc;

-- name: put_breach
insert into breach (site, breach_id, rule_id, state, began_at, noticed_at, body)
values ($1, $2, $3, $4, $5, $6, $7::jsonb)
on conflict (site, breach_id) do update set
    state = excluded.state,
    body = excluded.body;

-- name: fetch_breaches
select body
from breach
where site = $1
order by noticed_at desc, breach_id;

-- name: fetch_page
-- The newest first, from one on (null: the newest) with it; of some rules or in one state (null: of
-- all).
select body
from breach
where
    site = $1
    and ($2::text[] is null or rule_id = any ($2))
    and ($3::text is null or state = $3)
    and ($4::timestamptz is null or noticed_at <= $4)
    and ($4::timestamptz is null or noticed_at < $4 or breach_id >= $5)
order by noticed_at desc, breach_id
limit $6;

-- name: fetch_notice
-- Of one of some rules (null: of any).
select noticed_at
from breach
where site = $1 and breach_id = $2 and ($3::text[] is null or rule_id = any ($3));

-- name: fetch_breach
select body
from breach
where site = $1 and breach_id = $2;

-- name: fetch_earlier_events
-- Those of the trail that was kept apart.
select seq, breach_id, kind, at, who, why, state_before, state_after, details, prev_sha256, sha256
from breach_event
where site = $1 and ($2::text is null or breach_id = $2)
order by seq;
