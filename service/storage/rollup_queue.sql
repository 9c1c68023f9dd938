-- name: queue_staged
-- Readings that come after their hour may have been rolled up, by the clock of the server alone.
insert into rollup_queue (point_id, from_ts, to_ts)
select point_id, min(ts), max(ts)
from pg_temp.reading_staging
where ts < clock_timestamp() - $1::interval
group by point_id;

-- name: queue_spans
insert into rollup_queue (point_id, from_ts, to_ts)
select * from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]);
