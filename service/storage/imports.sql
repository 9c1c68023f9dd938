-- name: has_readings
-- Whether any of the points has a reading in [$2, $3].
select exists (
    select
    from unnest($1::integer[]) as wanted (point_id)
    cross join lateral (
        select from reading as r
        where r.point_id = wanted.point_id and r.ts between $2 and $3
        limit 1
    ) as found
);

-- name: create_staging
-- Per session and emptied at each commit, so that the catalogue does not grow with imports.
create temporary table if not exists import_staging (like reading) on commit delete rows;

-- name: empty_staging
truncate pg_temp.import_staging;

-- name: count_met
-- How many staged readings, of [$1, $2], are stored, and how many of them otherwise.
-- One look by the primary key for each staged row (the limit sees to it): a block is small beside
-- the past of all points, which a join may choose to read as a whole.
select
    count(*) as met,
    count(*) filter (
        where stored.value is distinct from staged.value or stored.quality <> staged.quality
    ) as conflicts
from pg_temp.import_staging as staged
cross join lateral (
    select reading.value, reading.quality, reading.origin
    from reading
    where
        reading.point_id = staged.point_id
        and reading.ts = staged.ts
        and reading.ts between $1 and $2
    limit 1
) as stored;

-- name: first_conflicts
-- The first $3 of those that are stored otherwise.
select
    point.key,
    point.unit,
    differing.ts,
    differing.stored_value,
    differing.stored_quality,
    differing.stored_origin,
    differing.offered_value,
    differing.offered_quality
from (
    select
        staged.point_id,
        staged.ts,
        stored.value as stored_value,
        stored.quality as stored_quality,
        stored.origin as stored_origin,
        staged.value as offered_value,
        staged.quality as offered_quality
    from pg_temp.import_staging as staged
    cross join lateral (
        select reading.value, reading.quality, reading.origin
        from reading
        where
            reading.point_id = staged.point_id
            and reading.ts = staged.ts
            and reading.ts between $1 and $2
        limit 1
    ) as stored
    where stored.value is distinct from staged.value or stored.quality <> staged.quality
    order by staged.ts, staged.point_id
    limit $3
) as differing
inner join point on point.point_id = differing.point_id
order by differing.ts, differing.point_id;

-- name: log_import
insert into import_log (site, file_name, sha256, rows, from_ts, to_ts)
values ($1, $2, $3, $4, $5, $6)
on conflict (site, sha256) do nothing;

-- name: announce
-- Whoever listens is told when the transaction commits, and nothing when it does not.
select pg_notify('boucle_import', $1);

-- name: fetch_imports
select id, site, file_name, sha256, rows, from_ts, to_ts, imported_at
from import_log
where site = $1
order by id;

-- name: fetch_imports_after
select id, site, file_name, sha256, rows, from_ts, to_ts, imported_at
from import_log
where site = $1 and id > $2
order by id
limit $3;
