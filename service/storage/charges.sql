-- name: end_charge
-- Whoever takes over ends what was.
update taken_in_charge
set ended_at = $4, ended_by = $5
where site = $1 and kind = $2 and subject = $3 and ended_at is null
returning id;

-- name: take_charge
insert into taken_in_charge (site, kind, subject, account, name, note, at)
values ($1, $2, $3, $4, $5, $6, $7)
returning id, kind, subject, account, name, note, at, ended_at, ended_by;

-- name: lock_charges
select pg_advisory_xact_lock(hashtextextended('boucle.taken_in_charge.' || $1, 0));

-- name: fetch_charges
-- The newest first, from one that is older than a number on.
select id, kind, subject, account, name, note, at, ended_at, ended_by
from taken_in_charge
where site = $1 and (not $2 or ended_at is null) and ($3::bigint is null or id < $3)
order by id desc
limit $4;
