-- name: introduce
insert into lease (name, holder, token, taken_at, until)
values ($1, '', 0, clock_timestamp(), '-infinity')
on conflict (name) do nothing;

-- name: take
-- "for update" waits for a holder that is writing (guard): what it writes comes before.
with free as (
    select name from lease where name = $1 and until < clock_timestamp() for update
)
update lease
set holder = $2, token = token + 1, taken_at = clock_timestamp(),
    until = clock_timestamp() + $3::interval
from free
where lease.name = free.name
returning token;

-- name: fetch_holder
select holder from lease where name = $1;

-- name: renew
-- Late is not lost: as long as nobody took it, it is the holder's.
update lease set until = clock_timestamp() + $3::interval
where name = $1 and token = $2
returning true;

-- name: release
update lease set until = clock_timestamp() where name = $1 and token = $2;

-- name: release_gone
update lease set until = clock_timestamp() where name = $1 and holder = $2;

-- name: guard
-- Keeps "take" off until the end of the transaction, and lets "renew" pass.
select true from lease where name = $1 and token = $2 for key share;
