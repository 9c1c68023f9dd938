-- name: fetch_latest
-- The newest reading of each point in [$2, $3); one short index scan per point.
select latest.point_id, latest.ts, latest.received_at, latest.value, latest.quality, latest.origin
from unnest($1::integer[]) as wanted (point_id)
cross join lateral (
    select r.point_id, r.ts, r.received_at, r.value, r.quality, r.origin
    from reading as r
    where r.point_id = wanted.point_id and r.ts >= $2 and r.ts < $3
    order by r.ts desc
    limit 1
) as latest;

-- name: copy_series
-- Every reading of the points in [$2, $3). A missing value is NaN: rows keep one length.
select point_id, ts, coalesce(value, 'NaN'::double precision), quality, origin
from reading
where point_id = any ($1::integer[]) and ts >= $2::timestamptz and ts < $3::timestamptz
order by point_id, ts;

-- name: copy_bucketed
-- First and last good reading of each point in each bucket of length $4 from $2 on.
select
    point_id,
    date_bin($4::interval, ts, $2::timestamptz) as bucket,
    min(ts),
    max(ts),
    (min(array[date_part('epoch', ts), value]))[2],
    (max(array[date_part('epoch', ts), value]))[2]
from reading
where point_id = any ($1::integer[]) and ts >= $2::timestamptz and ts < $3::timestamptz
    and quality = 0 and value is not null
group by point_id, bucket
order by point_id, bucket;
