-- name: lock_chain
-- One writer at a time for a site, until its transaction ends.
select pg_advisory_xact_lock(hashtextextended('boucle.evidence_chain.' || $1, 0));

-- name: fetch_head
select seq, sha256 from evidence_chain where site = $1 order by seq desc limit 1;

-- name: fetch_unjoined
-- The newest event of the trail of breaches that was kept apart, until the chain holds its hash.
select seq, sha256
from breach_event
where
    site = $1
    and not exists (
        select from evidence_chain as e where e.site = $1 and e.reason = 'joined'
    )
order by seq desc
limit 1;

-- name: fetch_events
-- What happened to breaches (null: to all of them), in order.
select site, seq, recorded_at, rule_id, reason, body, prev_sha256, public_key, sha256, signature
from evidence_chain
where site = $1 and reason = 'breach' and ($2::text is null or event_breach(body) = $2)
order by seq;

-- name: insert_entries
insert into evidence_chain (
    site, seq, recorded_at, rule_id, reason, body, prev_sha256, public_key, sha256, signature
)
select $1, seq, recorded_at, rule_id, reason, body, prev_sha256, public_key, sha256, signature
from unnest(
    $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[]
) as given (
    seq, recorded_at, rule_id, reason, body, prev_sha256, public_key, sha256, signature
);

-- name: fetch_newest_of_each_rule
select distinct on (rule_id)
    site, seq, recorded_at, rule_id, reason, body, prev_sha256, public_key, sha256, signature
from evidence_chain
where site = $1 and reason in ('changed', 'daily')
order by rule_id, seq desc;

-- name: fetch_entries
select site, seq, recorded_at, rule_id, reason, body, prev_sha256, public_key, sha256, signature
from evidence_chain
where site = $1 and seq >= $2
order by seq
limit $3;

-- name: fetch_verdicts
-- Verdicts of some rules (null: of all) from an instant on and after an entry, in order.
select site, seq, recorded_at, rule_id, reason, body, prev_sha256, public_key, sha256, signature
from evidence_chain
where
    site = $1
    and reason in ('changed', 'daily', 'packed')
    and ($2::text[] is null or rule_id = any ($2))
    and recorded_at >= $3
    and seq > $4
order by seq
limit $5;

-- name: fetch_seq_before
-- The newest verdict on a rule before an entry; null when there is none.
select max(seq)
from evidence_chain
where site = $1 and rule_id = $2 and seq < $3 and reason in ('changed', 'daily', 'packed');

-- name: fetch_first_seq_since
-- The first entry that was written from an instant on; null when there is none.
select min(seq) from evidence_chain where site = $1 and recorded_at >= $2;

-- name: fetch_heads
-- The newest entry of each site's chain.
select distinct on (site) site, seq, sha256, recorded_at from evidence_chain order by site, seq desc;
