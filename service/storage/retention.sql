-- name: fetch_import_start
-- The oldest reading of the files that were imported after an instant.
select min(from_ts) from import_log where imported_at > $1;

-- name: lock_holds
-- A hold that is set now is set before the drop, or after it.
lock table raw_hold in share mode;

-- name: is_held
select exists (
    select from raw_hold where lifted_at is null and from_ts < $2 and to_ts > $1
);

-- name: drop_chunk
select drop_chunks('public.reading', older_than => $2::timestamptz, newer_than => $1::timestamptz);

-- name: fetch_points
select point_id from point order by point_id;

-- name: delete_hours
delete from reading_hour where point_id = any ($1::integer[]) and hour < $2;

-- name: delete_ranges
delete from reading_hour_range where point_id = any ($1::integer[]) and hour < $2;

-- name: set_hours_from
update upkeep_state set hours_from = $1;
