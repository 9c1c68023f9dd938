-- name: licence
select current_setting('timescaledb.license', true);

-- name: layout
-- The interval of new chunks, and whether they can be compressed.
select d.time_interval as chunk_interval, h.compression_enabled as is_columnstore
from timescaledb_information.dimensions as d
join timescaledb_information.hypertables as h using (hypertable_schema, hypertable_name)
where hypertable_schema = 'public' and hypertable_name = 'reading';

-- name: set_interval
select set_chunk_time_interval('public.reading', $1::interval);

-- name: enable
-- By point and in the order of time, as every query asks: the newest of a point is in its last
-- batch, and of its day only the batches of that day are opened.
alter table public.reading set (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'point_id',
    timescaledb.compress_orderby = 'ts'
);

-- name: give_way
-- Rows that are compressed are taken out of the way by truncation only if nobody reads the chunk now,
-- and deleted otherwise: no wait for readers while writers wait for us.
set timescaledb.compress_truncate_behaviour = 'truncate_or_delete';

-- name: compress
select compress_chunk($1::text::regclass);
