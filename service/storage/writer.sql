-- name: create_staging
-- Per session and emptied at each commit, so that the catalogue does not grow with writes.
create temporary table if not exists reading_staging (like reading) on commit delete rows;

-- name: empty_staging
truncate pg_temp.reading_staging;

-- name: insert_from_staging
insert into reading (point_id, ts, received_at, value, quality, origin)
select point_id, ts, received_at, value, quality, origin
from pg_temp.reading_staging
on conflict (point_id, ts) do nothing;

-- name: set_aside
-- Out of what is staged, what came after its legal day was closed. One that is there already stays
-- out of it: nothing is lost with it.
with late as (
    delete from pg_temp.reading_staging where ts < $1
    returning point_id, ts, received_at, value, quality, origin
)
insert into reading_set_aside (point_id, ts, received_at, value, quality, origin)
select point_id, ts, received_at, value, quality, origin
from late
where not exists (
    select from reading as r where r.point_id = late.point_id and r.ts = late.ts
)
on conflict (point_id, ts) do nothing;
