-- name: note_staged
-- The newest that is staged of each point, where it is newer than what is known. What is not is
-- left out first: a row that is looked at for a conflict is locked, and another writer waits for it.
insert into reading_newest as known (point_id, ts, received_at, value, quality, origin)
select distinct on (staged.point_id)
    staged.point_id, staged.ts, staged.received_at, staged.value, staged.quality, staged.origin
from pg_temp.reading_staging as staged
left join reading_newest as seen using (point_id)
where (seen.ts is null or staged.ts > seen.ts) and staged.ts < clock_timestamp() + $1::interval
order by staged.point_id, staged.ts desc
on conflict (point_id) do update set
    ts = excluded.ts,
    received_at = excluded.received_at,
    value = excluded.value,
    quality = excluded.quality,
    origin = excluded.origin
where excluded.ts > known.ts;

-- name: note_points
-- The same from the readings themselves, of points $2, from $3 on.
insert into reading_newest as known (point_id, ts, received_at, value, quality, origin)
select newest.*
from unnest($2::integer[]) as wanted (point_id)
left join reading_newest as seen using (point_id)
cross join lateral (
    select r.point_id, r.ts, r.received_at, r.value, r.quality, r.origin
    from reading as r
    where r.point_id = wanted.point_id
        and r.ts >= $3::timestamptz and r.ts < now() + $1::interval
    order by r.ts desc
    limit 1
) as newest
where seen.ts is null or newest.ts > seen.ts
order by wanted.point_id
on conflict (point_id) do update set
    ts = excluded.ts,
    received_at = excluded.received_at,
    value = excluded.value,
    quality = excluded.quality,
    origin = excluded.origin
where excluded.ts > known.ts;

-- name: copy_newest
-- Of the points of site $1, those since $2. What is missing is NaN or minus infinity: rows keep one
-- length.
select
    newest.point_id,
    newest.ts,
    coalesce(newest.received_at, '-infinity'),
    coalesce(newest.value, 'NaN'::double precision),
    newest.quality,
    newest.origin
from point
join reading_newest as newest using (point_id)
where point.site = $1 and newest.ts >= $2::timestamptz;
