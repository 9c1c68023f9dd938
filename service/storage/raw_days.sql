-- name: copy_raw
-- Every row of one point in [$2, $3), and whether it came later than $4 after its time.
select
    ts,
    coalesce(value, 'NaN'::double precision),
    quality,
    origin,
    coalesce(received_at > ts + $4::interval, false)::integer::smallint
from reading
where point_id = $1 and ts >= $2::timestamptz and ts < $3::timestamptz
order by ts;
