-- name: upsert_point_raw
insert into point_raw (site, key, read_at, raw, failed_at, failure)
select $1, given.key, given.read_at, given.raw::jsonb, given.failed_at, given.failure
from unnest($2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::text[])
    as given (key, read_at, raw, failed_at, failure)
on conflict (site, key) do update set
    -- A collector that was just started knows no words yet of a point that does not answer.
    read_at = coalesce(excluded.read_at, point_raw.read_at),
    raw = coalesce(excluded.raw, point_raw.raw),
    failed_at = excluded.failed_at,
    failure = excluded.failure;

-- name: fetch_point_raw
select key, read_at, raw, failed_at, failure
from point_raw
where site = $1 and key = any($2::text[]);
