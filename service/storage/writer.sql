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
