-- name: copy_series
-- Every reading of the points in [$2, $3). A missing value is NaN: rows keep one length.
select point_id, ts, coalesce(value, 'NaN'::double precision), quality, origin
from reading
where point_id = any ($1::integer[]) and ts >= $2::timestamptz and ts < $3::timestamptz
order by point_id, ts;

-- name: copy_page
-- At most $4 readings of one point in [$2, $3), the earliest.
select point_id, ts, coalesce(value, 'NaN'::double precision), quality, origin
from reading
where point_id = $1::integer and ts >= $2::timestamptz and ts < $3::timestamptz
order by ts
limit $4::integer;

-- name: fetch_bins
-- Ends, extremes and counts of one point in each step of length $4 from 1970 on, of [$2, $3).
select
    date_bin($4::interval, ts, 'epoch'::timestamptz) as bin,
    min(ts) filter (where is_good) as first_ts,
    (min(array[date_part('epoch', ts), value]) filter (where is_good))[2] as first_value,
    max(ts) filter (where is_good) as last_ts,
    (max(array[date_part('epoch', ts), value]) filter (where is_good))[2] as last_value,
    min(value) filter (where is_good) as minimum,
    max(value) filter (where is_good) as maximum,
    count(*) filter (where quality = 0) as good,
    count(*) filter (where quality = 1) as uncertain,
    count(*) filter (where quality = 2) as out_of_range,
    count(*) filter (where quality = 3) as not_available,
    count(*) filter (where quality = 4) as bad
from (
    select ts, value, quality, quality = 0 and value is not null as is_good
    from reading
    where point_id = $1::integer and ts >= $2::timestamptz and ts < $3::timestamptz
) as looked_at
group by bin
order by bin;

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

-- name: copy_gauges
-- What each gauge showed in each bucket that knows any: time, integral, extremes, time in ranges.
-- $1 points, $2 start, $3 end, $4 origin of the buckets [µs], $5 length of a bucket [µs],
-- $6 how long every reading stands [µs], $7 and $8 the six lowest and highest values of the ranges
-- of each point in turn, null for none, $9 how long a reading stands at most [µs]. How long one
-- stands is the rule of models/registers/holding.py; the two give the same to the microsecond.
-- A day at a time, so that its pages serve every point and its rows are put in order in memory; each
-- piece reads back what may still stand, and the gap before that. No reading leaves the server.
-- What a bucket sums is its own readings, and the one that reaches in from before it apart: the same
-- two terms, and the same last digit, wherever a piece or the window begins.
with piece as materialized (
    select
        point_id,
        $4::bigint as origin_us,
        $5::bigint as step_us,
        $6::bigint as hold_us,
        $9::bigint as longest_us,
        -- Buckets before the piece, as many as what still stands may begin in.
        (greatest($6::bigint, $9::bigint) + $9::bigint) / $5::bigint + 2 as steps_back,
        day as day_start,
        least(day + interval '1 day', $3::timestamptz) as day_end,
        round(date_part('epoch', day) * 1e6)::bigint as start_us,
        round(
            date_part('epoch', least(day + interval '1 day', $3::timestamptz)) * 1e6
        )::bigint as end_us,
        ($7::double precision[])[6 * n - 5] as low_1,
        ($8::double precision[])[6 * n - 5] as high_1,
        ($7::double precision[])[6 * n - 4] as low_2,
        ($8::double precision[])[6 * n - 4] as high_2,
        ($7::double precision[])[6 * n - 3] as low_3,
        ($8::double precision[])[6 * n - 3] as high_3,
        ($7::double precision[])[6 * n - 2] as low_4,
        ($8::double precision[])[6 * n - 2] as high_4,
        ($7::double precision[])[6 * n - 1] as low_5,
        ($8::double precision[])[6 * n - 1] as high_5,
        ($7::double precision[])[6 * n - 0] as low_6,
        ($8::double precision[])[6 * n - 0] as high_6
    from unnest($1::integer[]) with ordinality as listed (point_id, n)
    cross join generate_series($2::timestamptz, $3::timestamptz, interval '1 day') as day
    where day < $3::timestamptz
    order by day, n
),
own as materialized (
    select piece.*, counted.*
    from piece
    cross join lateral (
        select
            bucket,
            sum(own_us) as known_us,
            sum(own_us * value) as integral,
            min(value) as minimum,
            max(value) as maximum,
            sum(own_us) filter (where value between low_1 and high_1) as in_1,
            sum(own_us) filter (where value between low_2 and high_2) as in_2,
            sum(own_us) filter (where value between low_3 and high_3) as in_3,
            sum(own_us) filter (where value between low_4 and high_4) as in_4,
            sum(own_us) filter (where value between low_5 and high_5) as in_5,
            sum(own_us) filter (where value between low_6 and high_6) as in_6,
            -- Few readings stand loosely; the filters keep the others from costing more.
            coalesce(sum(loose_us) filter (where until_us > loose_from_us), 0) as loose_us,
            coalesce(
                sum(loose_us * abs(value - value_before)) filter (where until_us > loose_from_us),
                0
            ) as loose_step,
            max(until_us) as until_us,
            -- Only the last reading of a bucket can reach beyond it.
            max(value) filter (where until_us > origin_us + (bucket + 1) * step_us) as carried,
            max(abs(value - value_before)) filter (
                where until_us > loose_from_us
                    and until_us > origin_us + (bucket + 1) * step_us
            ) as carried_step,
            max(loose_from_us) filter (
                where until_us > loose_from_us
                    and until_us > origin_us + (bucket + 1) * step_us
            ) as loose_from_us
        from (
            select
                value,
                until_us,
                bucket,
                value_before,
                loose_from_us,
                (
                    greatest(least(until_us, origin_us + (bucket + 1) * step_us) - from_us, 0)
                )::double precision as own_us,
                case when until_us > loose_from_us then greatest(
                    least(until_us, origin_us + (bucket + 1) * step_us)
                    - greatest(from_us, loose_from_us),
                    0
                )::double precision end as loose_us
            from (
                select
                    value, until_us, from_us, value_before, loose_from_us,
                    (ts_us - origin_us + steps_back * step_us) / step_us - steps_back as bucket
                from (
                    select
                        value,
                        ts_us,
                        greatest(ts_us, start_us) as from_us,
                        ts_us + hold_us as loose_from_us,
                        value_before,
                        -- greatest() passes over null, which a gap that tells nothing is here:
                        -- nothing is loose without a good reading before it.
                        least(
                            ts_us + greatest(
                                hold_us,
                                case
                                    when value_before is not null
                                        and ts_us - before_us <= longest_us
                                    then least((ts_us - before_us) * 6 / 5, longest_us)
                                end
                            ),
                            end_us,
                            next_us
                        ) as until_us
                    from (
                        select
                            ts_us,
                            value,
                            lag(ts_us) over (order by ts) as before_us,
                            lag(value) over (order by ts) as value_before,
                            lead(ts_us) over (order by ts) as next_us
                        from (
                            select
                                ts,
                                case
                                    when quality = 0 and value > '-Infinity' and value < 'Infinity'
                                    then value
                                end as value,
                                round(date_part('epoch', ts) * 1e6)::bigint as ts_us
                            from reading
                            where point_id = piece.point_id and ts < day_end
                                and ts > day_start - (greatest(hold_us, longest_us) + longest_us)
                                    * interval '1 microsecond'
                            offset 0
                        ) as timed
                    ) as followed
                    where value is not null
                    offset 0
                ) as standing
                where until_us > start_us
            ) as placed
            offset 0
        ) as cut
        group by bucket
    ) as counted
),
part as (
    select
        point_id, bucket, known_us, integral, minimum, maximum, loose_us, loose_step,
        in_1, in_2, in_3, in_4, in_5, in_6
    from own
    where bucket >= (start_us - origin_us) / step_us
    union all
    select
        point_id, later, part_us, part_us * carried, carried, carried,
        part_loose_us, part_loose_us * coalesce(carried_step, 0.0),
        part_us * (carried between low_1 and high_1)::integer,
        part_us * (carried between low_2 and high_2)::integer,
        part_us * (carried between low_3 and high_3)::integer,
        part_us * (carried between low_4 and high_4)::integer,
        part_us * (carried between low_5 and high_5)::integer,
        part_us * (carried between low_6 and high_6)::integer
    from own
    cross join lateral (
        select
            later,
            (
                least(until_us, origin_us + (later + 1) * step_us)
                - greatest(origin_us + later * step_us, start_us)
            )::double precision as part_us,
            greatest(
                least(until_us, origin_us + (later + 1) * step_us)
                - greatest(
                    origin_us + later * step_us, start_us, coalesce(loose_from_us, until_us)
                ),
                0
            )::double precision as part_loose_us
        from generate_series(
            greatest(bucket + 1, (start_us - origin_us) / step_us),
            (until_us - 1 - origin_us) / step_us
        ) as later
    ) as rest
    where carried is not null
)
select
    point_id,
    bucket,
    sum(known_us)::bigint,
    sum(integral) / 1e6,
    min(minimum),
    max(maximum),
    sum(loose_us)::bigint,
    sum(loose_step) / 1e6,
    coalesce(sum(in_1), 0)::bigint,
    coalesce(sum(in_2), 0)::bigint,
    coalesce(sum(in_3), 0)::bigint,
    coalesce(sum(in_4), 0)::bigint,
    coalesce(sum(in_5), 0)::bigint,
    coalesce(sum(in_6), 0)::bigint
from part
group by point_id, bucket
order by point_id, bucket;
