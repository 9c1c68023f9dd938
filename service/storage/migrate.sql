-- name: create_schema_migration
create table if not exists schema_migration (
    version integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
);

-- name: fetch_applied
select version, sha256 from schema_migration order by version;

-- name: has_schema_migration
select to_regclass('schema_migration') is not null;

-- name: record
insert into schema_migration (version, name, sha256) values ($1, $2, $3);

-- name: try_lock
select pg_try_advisory_lock($1::bigint);

-- name: unlock
select pg_advisory_unlock($1::bigint);

-- name: limit_lock_wait
set local lock_timeout = '10s';

-- name: has_extension
select exists (select from pg_extension where extname = $1::text);

-- name: can_create_extension
-- Installed on the server and, for one that must be preloaded, loaded: its loader's own
-- setting is there. shared_preload_libraries itself is hidden from ordinary users.
select exists (select from pg_available_extensions where name = $1::text)
    and ($1::text <> 'timescaledb'
         or exists (select from pg_settings where name = 'timescaledb.disable_load'));
