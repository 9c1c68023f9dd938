-- name: kind
-- p partitioned, r one table; whether TimescaleDB has it; what its licence lets it do.
select
    c.relkind::text as relkind,
    exists (
        select from pg_extension where extname = 'timescaledb'
    ) as has_timescaledb
from pg_class as c
where c.oid = 'public.reading'::regclass;

-- name: is_hypertable
select exists (
    select from timescaledb_information.hypertables
    where hypertable_schema = 'public' and hypertable_name = 'reading'
);

-- name: fetch_chunks
-- Status bits of TimescaleDB: 1 compressed, 8 with rows that came later.
select
    format('%I.%I', i.chunk_schema, i.chunk_name) as name,
    i.range_start as start,
    i.range_end as end,
    i.is_compressed,
    i.is_compressed and c.status & 8 <> 0 as is_partial,
    pg_total_relation_size(format('%I.%I', i.chunk_schema, i.chunk_name)::regclass) as row_bytes
from timescaledb_information.chunks as i
join _timescaledb_catalog.chunk as c
    on c.schema_name = i.chunk_schema and c.table_name = i.chunk_name
where i.hypertable_schema = 'public' and i.hypertable_name = 'reading'
order by i.range_start;

-- name: fetch_partitions
-- The table of before the partitions has no start.
select
    format('%I.%I', n.nspname, c.relname) as name,
    substring(b.bound from $re$FROM \('([^']*)'\)$re$)::timestamptz as start,
    substring(b.bound from $re$TO \('([^']*)'\)$re$)::timestamptz as end,
    false as is_compressed,
    false as is_partial,
    0::bigint as row_bytes
from pg_inherits as i
join pg_class as c on c.oid = i.inhrelid
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (select pg_get_expr(c.relpartbound, c.oid) as bound) as b
where i.inhparent = 'public.reading'::regclass
order by start nulls first;
