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

-- name: log_import
insert into import_log (site, file_name, sha256, rows, from_ts, to_ts)
values ($1, $2, $3, $4, $5, $6)
on conflict (site, sha256) do nothing;

-- name: fetch_imports
select id, site, file_name, sha256, rows, from_ts, to_ts, imported_at
from import_log
where site = $1
order by id;
