-- name: try_lock
-- Two processes that serve one store do not both keep it up.
select pg_try_advisory_lock(71869432020);

-- name: unlock
select pg_advisory_unlock(71869432020);

-- name: limit_lock_wait
set lock_timeout = '500ms';
