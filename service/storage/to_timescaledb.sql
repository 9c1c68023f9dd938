-- name: try_lock
select pg_try_advisory_lock(71869432019);

-- name: unlock
select pg_advisory_unlock(71869432019);

-- name: can_convert
-- Installed, and loaded: its loader's own setting is there.
select exists (select from pg_available_extensions where name = 'timescaledb')
    and exists (select from pg_settings where name = 'timescaledb.disable_load');

-- name: create_extension
create extension if not exists timescaledb;

-- name: is_begun
select to_regclass('public.reading_moved') is not null;

-- name: limit_lock_wait
set local lock_timeout = '500ms';

-- name: begin
-- The hypertable to be, and how far it holds what is stored.
create table public.reading_next (like public.reading including constraints including comments);
alter table public.reading_next add constraint reading_next_pkey primary key (point_id, ts);
do $$
begin
    execute format(
        'comment on table public.reading_next is %L', obj_description('public.reading'::regclass)
    );
end;
$$;
create table public.reading_moved (
    name text primary key,
    pages bigint not null,
    is_done boolean not null default false
);
comment on table public.reading_moved is
    'Partitions of readings that the move to TimescaleDB has read; gone when it has ended.';
comment on column public.reading_moved.name is 'The partition.';
comment on column public.reading_moved.pages is 'Pages of it that were read, count.';
comment on column public.reading_moved.is_done is 'All of them, and the hypertable holds as many rows.';
create function public.reading_next_too() returns trigger language plpgsql as $$
begin
    insert into public.reading_next select * from fresh on conflict (point_id, ts) do nothing;
    return null;
end;
$$;
comment on function public.reading_next_too() is
    'Writes into the hypertable to be what is written into the table that it replaces.';

-- name: make_hypertable
select create_hypertable(
    'public.reading_next',
    'ts',
    chunk_time_interval => $1::interval,
    create_default_indexes => false
);

-- name: follow
-- Waits for who writes now; whoever comes later writes into both.
create trigger reading_next_too
after insert on public.reading
referencing new table as fresh
for each statement execute function public.reading_next_too();

-- name: fetch_done
select name from public.reading_moved where is_done;

-- name: fetch_pages
-- Pages that were read of a partition, and that it has.
select
    coalesce((select pages from public.reading_moved where name = $1::text), 0) as moved,
    pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint as pages;

-- name: note_pages
insert into public.reading_moved (name, pages) values ($1, $2)
on conflict (name) do update set pages = excluded.pages;

-- name: note_done
insert into public.reading_moved (name, pages, is_done) values ($1, 0, true)
on conflict (name) do update set is_done = true;

-- name: swap
-- Names only, and the views, which would go on reading the table that they were made on.
lock table public.reading in access exclusive mode;
create temporary table view_of_reading on commit drop as
select distinct
    v.oid::regclass::text as name, array_to_string(v.reloptions, ', ') as options,
    pg_get_viewdef(v.oid) as query
from pg_depend as d
join pg_rewrite as w on w.oid = d.objid
join pg_class as v on v.oid = w.ev_class and v.relkind = 'v'
where d.classid = 'pg_rewrite'::regclass and d.refobjid = 'public.reading'::regclass;
drop trigger reading_next_too on public.reading;
drop function public.reading_next_too();
alter table public.reading rename to reading_before;
alter index public.reading_pkey rename to reading_before_pkey;
alter table public.reading_next rename to reading;
alter table public.reading rename constraint reading_next_pkey to reading_pkey;
do $$
declare
    one record;
begin
    for one in select * from view_of_reading loop
        execute format('create or replace view %s with (%s) as %s', one.name, one.options, one.query);
    end loop;
end;
$$;
drop table public.reading_moved;

-- name: record
insert into schema_migration (version, name, sha256) values ($1, $2, $3);

-- name: drop_before
drop table if exists public.reading_before;
