-- name: hold
-- Whoever writes roll-ups holds this row: revisions are committed in their order.
-- What is due is told by the clock of the server, as what is late is; $2 is another one.
select
    rolled_upto,
    date_trunc('hour', coalesce($2::timestamptz, clock_timestamp()) - $1::interval) as due_upto
from rollup_state
for update;

-- name: fetch_sealed_upto
-- Asked when the row is held: from then on it stays.
select sealed_upto from upkeep_state;

-- name: take_queued
-- The oldest rows; those first that somebody reads, registers before gauges.
-- A row that is written meanwhile is not seen, and stays for the next turn.
delete from rollup_queue
where id in (
    select q.id
    from rollup_queue as q
    join point as p using (point_id)
    left join rollup_wanted as w using (point_id)
    order by w.point_id is null, p.kind <> 'counter', q.id
    limit $1
)
returning point_id, from_ts, to_ts;

-- name: put_back
insert into rollup_queue (point_id, from_ts, to_ts)
select * from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]);

-- name: reach
update rollup_state set rolled_upto = $1;

-- name: next_revision
update rollup_state set revision = revision + 1 returning revision;

-- name: fetch_points
select point_id, kind <> 'counter' as is_gauge from point
where $1::integer[] is null or point_id = any ($1)
order by point_id;

-- name: fetch_ranges
select point_id, low, high from rollup_range
where point_id = any ($1::integer[])
order by point_id, low, high;

-- name: want
insert into rollup_wanted select unnest($1::integer[]) on conflict do nothing;

-- name: add_ranges
-- The ranges that are new; what is stored of their points has to be summed again.
with fresh as (
    insert into rollup_range (point_id, low, high)
    select * from unnest($1::integer[], $2::double precision[], $3::double precision[])
    on conflict do nothing
    returning point_id
)
insert into rollup_queue (point_id, from_ts, to_ts)
select point_id, first.hour, last.hour + interval '1 hour'
from (select distinct point_id from fresh) as of_point
cross join lateral (
    select hour from reading_hour as h
    where h.point_id = of_point.point_id order by hour limit 1
) as first
cross join lateral (
    select hour from reading_hour as h
    where h.point_id = of_point.point_id order by hour desc limit 1
) as last;

-- name: create_hour_staging
create temporary table if not exists hour_staging (like reading_hour) on commit delete rows;

-- name: empty_hour_staging
truncate pg_temp.hour_staging;

-- name: create_hour_range_staging
create temporary table if not exists hour_range_staging (like reading_hour_range)
on commit delete rows;

-- name: empty_hour_range_staging
truncate pg_temp.hour_range_staging;

-- name: create_changed
create temporary table if not exists hour_changed (point_id integer, hour timestamptz)
on commit delete rows;

-- name: upsert_hours
-- A row that stays as it is keeps its revision: nobody who follows is told of it.
with written as (
    insert into reading_hour as stored
    select * from pg_temp.hour_staging
    on conflict (point_id, hour) do update set
    (
        first_ts, first_value, last_ts, last_value, good, uncertain, out_of_range, not_available,
        bad, minimum, maximum, known_us, integral, loose_us, loose_step, revision
    ) = (
        excluded.first_ts, excluded.first_value, excluded.last_ts, excluded.last_value,
        excluded.good, excluded.uncertain, excluded.out_of_range, excluded.not_available,
        excluded.bad, excluded.minimum, excluded.maximum, excluded.known_us, excluded.integral,
        excluded.loose_us, excluded.loose_step, excluded.revision
    )
    where (
        stored.first_ts, stored.first_value, stored.last_ts, stored.last_value, stored.good,
        stored.uncertain, stored.out_of_range, stored.not_available, stored.bad, stored.minimum,
        stored.maximum, stored.known_us, stored.integral, stored.loose_us, stored.loose_step
    ) is distinct from (
        excluded.first_ts, excluded.first_value, excluded.last_ts, excluded.last_value,
        excluded.good, excluded.uncertain, excluded.out_of_range, excluded.not_available,
        excluded.bad, excluded.minimum, excluded.maximum, excluded.known_us, excluded.integral,
        excluded.loose_us, excluded.loose_step
    )
    returning point_id, hour
)
insert into pg_temp.hour_changed select point_id, hour from written;

-- name: upsert_ranges
-- Hours whose time in a range changed are changed hours.
with written as (
    insert into reading_hour_range as stored
    select * from pg_temp.hour_range_staging
    on conflict (point_id, hour, low, high) do update set in_range_us = excluded.in_range_us
    where stored.in_range_us <> excluded.in_range_us
    returning point_id, hour
)
insert into pg_temp.hour_changed select distinct point_id, hour from written;

-- name: changed_hours
select min(hour) as first_hour, max(hour) as last_hour from pg_temp.hour_changed;

-- name: upsert_days
-- The legal days in which a changed hour lies, from their hours: $2 days in order, $3 their starts
-- and the end of the last. The server is asked of no time zone: its own rules may be others.
insert into reading_day
select
    h.point_id,
    touched.day,
    min(first_ts),
    (min(array[date_part('epoch', first_ts), first_value]) filter (where good > 0))[2],
    max(last_ts),
    (max(array[date_part('epoch', last_ts), last_value]) filter (where good > 0))[2],
    sum(good), sum(uncertain), sum(out_of_range), sum(not_available), sum(bad),
    min(minimum), max(maximum), sum(known_us), sum(integral order by h.hour), sum(loose_us),
    sum(loose_step order by h.hour), $1
from (
    select distinct
        point_id,
        ($2::date[])[width_bucket(hour, $3::timestamptz[])] as day,
        ($3::timestamptz[])[width_bucket(hour, $3::timestamptz[])] as start_ts,
        ($3::timestamptz[])[width_bucket(hour, $3::timestamptz[]) + 1] as end_ts
    from pg_temp.hour_changed
) as touched
join reading_hour as h on h.point_id = touched.point_id
    and h.hour >= touched.start_ts and h.hour < touched.end_ts
group by h.point_id, touched.day
on conflict (point_id, day) do update set
    (
        first_ts, first_value, last_ts, last_value, good, uncertain, out_of_range, not_available,
        bad, minimum, maximum, known_us, integral, loose_us, loose_step, revision
    ) = (
        excluded.first_ts, excluded.first_value, excluded.last_ts, excluded.last_value,
        excluded.good, excluded.uncertain, excluded.out_of_range, excluded.not_available,
        excluded.bad, excluded.minimum, excluded.maximum, excluded.known_us, excluded.integral,
        excluded.loose_us, excluded.loose_step, excluded.revision
    );

-- name: upsert_months
-- The legal months in which a changed hour lies, from their days.
insert into reading_month
select
    d.point_id,
    touched.month,
    min(first_ts),
    (min(array[date_part('epoch', first_ts), first_value]) filter (where good > 0))[2],
    max(last_ts),
    (max(array[date_part('epoch', last_ts), last_value]) filter (where good > 0))[2],
    sum(good), sum(uncertain), sum(out_of_range), sum(not_available), sum(bad),
    min(minimum), max(maximum), sum(known_us), sum(integral order by d.day), sum(loose_us),
    sum(loose_step order by d.day), $1
from (
    select distinct
        point_id,
        date_trunc('month', ($2::date[])[width_bucket(hour, $3::timestamptz[])])::date as month
    from pg_temp.hour_changed
) as touched
join reading_day as d on d.point_id = touched.point_id
    and d.day >= touched.month and d.day < (touched.month + interval '1 month')::date
group by d.point_id, touched.month
on conflict (point_id, month) do update set
    (
        first_ts, first_value, last_ts, last_value, good, uncertain, out_of_range, not_available,
        bad, minimum, maximum, known_us, integral, loose_us, loose_step, revision
    ) = (
        excluded.first_ts, excluded.first_value, excluded.last_ts, excluded.last_value,
        excluded.good, excluded.uncertain, excluded.out_of_range, excluded.not_available,
        excluded.bad, excluded.minimum, excluded.maximum, excluded.known_us, excluded.integral,
        excluded.loose_us, excluded.loose_step, excluded.revision
    );

-- name: tell_changes
insert into rollup_change (revision, point_id, from_hour, to_hour)
select $1, point_id, min(hour), max(hour) from pg_temp.hour_changed group by point_id;

-- name: forget_changes
-- Who follows from before has to read everything.
delete from rollup_change where revision <= $1;

-- name: copy_rolled
-- First and last good reading of each point in each hour of [$2, $3).
select point_id, hour, first_ts, last_ts, first_value, last_value
from reading_hour
where point_id = any ($1::integer[]) and hour >= $2::timestamptz and hour < $3::timestamptz
    and good > 0
order by point_id, hour;

-- name: copy_rolled_gauges
-- What each gauge showed in each hour of [$2, $3) that knows any.
select
    point_id, hour, known_us, integral, minimum, maximum, loose_us, loose_step
from reading_hour
where point_id = any ($1::integer[]) and hour >= $2::timestamptz and hour < $3::timestamptz
    and known_us > 0
order by point_id, hour;

-- name: copy_rolled_ranges
-- In no order: years of them do not fit into the memory that a server has for a sort.
select point_id, hour, low, high, in_range_us
from reading_hour_range
where point_id = any ($1::integer[]) and hour >= $2::timestamptz and hour < $3::timestamptz;

-- name: nothing_waits
-- Of points $1 those for whose hours from $2 to $3 no readings wait to be rolled up.
select hours.point_id
from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[])
    as hours (point_id, first_hour, last_hour)
where not exists (
    select from rollup_queue as q
    where q.point_id = hours.point_id
        and q.from_ts < hours.last_hour + interval '1 hour' and q.to_ts >= hours.first_hour
);

-- name: rolled
-- How far the roll-ups reach, between which hours some points changed since a revision, and whether
-- readings of theirs wait to be rolled up. What lies between two good readings hangs on both: the
-- hours of the nearest good readings before and after what changed belong to it.
-- Changes are looked through only for who asks for some that are still told: of a large site they
-- are millions of rows. $2 is null for who asks for none.
with told as (
    select coalesce($2::bigint < min(revision) - 1, false) as is_forgotten from rollup_change
),
changed as (
    select point_id, min(from_hour) as from_hour, max(to_hour) as to_hour
    from rollup_change
    where revision > $2::bigint and point_id = any ($1::integer[])
        and not (select is_forgotten from told)
    group by point_id
)
select
    rolled_upto,
    revision,
    (
        select min(coalesce(earlier.hour, from_hour))
        from changed
        left join lateral (
            select hour from reading_hour as h
            where h.point_id = changed.point_id and h.hour < from_hour and h.good > 0
            order by hour desc limit 1
        ) as earlier on true
    ) as changed_from,
    (
        select max(coalesce(later.hour, to_hour)) + interval '1 hour'
        from changed
        left join lateral (
            select hour from reading_hour as h
            where h.point_id = changed.point_id and h.hour > to_hour and h.good > 0
            order by hour limit 1
        ) as later on true
    ) as changed_upto,
    (select is_forgotten from told) as is_forgotten,
    exists (select from rollup_queue where point_id = any ($1::integer[])) as is_behind
from rollup_state;

-- name: all_hours
-- From the first hour of some points to the end of the last.
select min(first.hour) as first_hour, max(last.hour) + interval '1 hour' as end_hour
from unnest($1::integer[]) as wanted (point_id)
cross join lateral (
    select hour from reading_hour as h
    where h.point_id = wanted.point_id order by hour limit 1
) as first
cross join lateral (
    select hour from reading_hour as h
    where h.point_id = wanted.point_id order by hour desc limit 1
) as last;

-- name: fetch_hours
-- What one point showed in each hour that begins in [$2, $3).
select
    hour, first_ts, first_value, last_ts, last_value, good, uncertain, out_of_range,
    not_available, bad, minimum, maximum, known_us, integral
from reading_hour
where point_id = $1 and hour >= $2 and hour < $3
order by hour
limit $4;

-- name: fetch_six_hours
-- The same in each six hours of UTC that begin in [$2, $3).
select
    date_bin('6 hours', hour, 'epoch') as hour,
    min(first_ts) as first_ts,
    (min(array[date_part('epoch', first_ts), first_value]))[2] as first_value,
    max(last_ts) as last_ts,
    (max(array[date_part('epoch', last_ts), last_value]))[2] as last_value,
    sum(good) as good,
    sum(uncertain) as uncertain,
    sum(out_of_range) as out_of_range,
    sum(not_available) as not_available,
    sum(bad) as bad,
    min(minimum) as minimum,
    max(maximum) as maximum,
    sum(known_us)::bigint as known_us,
    sum(integral) as integral
from reading_hour
where point_id = $1
    and hour >= date_bin('6 hours', $2::timestamptz + interval '6 hours - 1 us', 'epoch')
    and hour < date_bin('6 hours', $3::timestamptz + interval '6 hours - 1 us', 'epoch')
group by 1
order by 1
limit $4;

-- name: fetch_days
-- What one point showed in each of the legal days [$2, $3).
select
    day as first_day, first_ts, first_value, last_ts, last_value, good, uncertain, out_of_range,
    not_available, bad, minimum, maximum, known_us, integral
from reading_day
where point_id = $1 and day >= $2 and day < $3
order by day
limit $4;

-- name: fetch_months
-- What one point showed in each of the legal months that begin in the days [$2, $3).
select
    month as first_day, first_ts, first_value, last_ts, last_value, good, uncertain, out_of_range,
    not_available, bad, minimum, maximum, known_us, integral
from reading_month
where point_id = $1 and month >= $2 and month < $3
order by month
limit $4;
