-- name: fetch_state
select closed_upto, sealed_upto, hours_from from upkeep_state;

-- name: share_closing
-- Whoever writes readings holds this until the end of the transaction; the next statement reads
-- until when they are closed. Who closes waits for all of them.
select pg_advisory_xact_lock_shared(71869432017);

-- name: lock_closing
select pg_advisory_xact_lock(71869432017);

-- name: close
update upkeep_state set closed_upto = greatest(closed_upto, $1);

-- name: hold_roll_ups
-- A roll-up that began before knows nothing of the new seal; the next one will.
select rolled_upto from rollup_state for update;

-- name: is_rolled
-- Whether everything before an instant is rolled up.
select rolled_upto >= $1::timestamptz
    and not exists (select from rollup_queue where from_ts < $1::timestamptz)
from rollup_state;

-- name: fetch_first
-- The oldest reading of all points from an instant on; one short index scan per point.
select min(first.ts)
from point as p
cross join lateral (
    select r.ts from reading as r
    where r.point_id = p.point_id and r.ts >= $1
    order by r.ts
    limit 1
) as first;

-- name: fetch_points
select point_id from point order by point_id;

-- name: insert_seals
insert into raw_seal (point_id, day, rows, sha256, corrections, sealed_at)
select point_id, day, rows, sha256, corrections, $1
from unnest($2::integer[], $3::date[], $4::integer[], $5::text[], $6::jsonb[])
    as given (point_id, day, rows, sha256, corrections);

-- name: seal
update upkeep_state set sealed_upto = $1 where sealed_upto < $1;

-- name: fetch_seals
select day, rows, sha256, corrections
from raw_seal
where point_id = $1 and day >= $2 and day < $3
order by day;
