-- name: fetch_store
select
    store_id,
    (select oid::bigint from pg_database where datname = current_database()) as database_oid,
    -- Null where the server has no such function, false where this role may not call it.
    has_function_privilege(to_regprocedure('pg_catalog.pg_control_system()'), 'execute')
        as tells_system
from store

-- name: fetch_system_identifier
select system_identifier from pg_control_system()

-- name: fetch_mark
select marked_at from spool_mark where spool_id = $1

-- name: set_mark
insert into spool_mark (spool_id, marked_at) values ($1, now())
on conflict (spool_id) do update set marked_at = excluded.marked_at
returning marked_at
