-- name: meet
insert into sign_in_throttle (subject_sha256)
select one from unnest($1::bytea[]) as one order by one
on conflict do nothing;

-- name: lock
select subject_sha256, failures, last_failed_at, succeeded_at
from sign_in_throttle
where subject_sha256 = any ($1::bytea[])
order by subject_sha256
for update;

-- name: count
update sign_in_throttle set failures = $2, last_failed_at = $3 where subject_sha256 = $1;

-- name: forgive
update sign_in_throttle
set failures = case when subject_sha256 = $1 then 0 else greatest(failures - 1, 0) end,
    succeeded_at = case when subject_sha256 = $1 then $3 else succeeded_at end
where subject_sha256 = any ($2::bytea[]);

-- name: withdraw
update sign_in_throttle set failures = greatest(failures - 1, 0)
where subject_sha256 = any ($1::bytea[]);

-- name: sweep
delete from sign_in_throttle
where coalesce(last_failed_at, $1) <= $1 and coalesce(succeeded_at, $2) <= $2;
