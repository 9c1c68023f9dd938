-- name: fetch_points
select point_id, key, device, name, quantity, unit, kind
from point
where site = $1
order by point_id;

-- name: insert_points
insert into point (site, key, device, name, quantity, unit, kind)
select $1, key, device, name, quantity, unit, kind
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    as given (key, device, name, quantity, unit, kind)
on conflict (site, key) do nothing;

-- name: fetch_store_id
select store_id from store;

-- name: fetch_claims
select point_id, site, key
from point
where point_id = any($1::int[]) or (site = $2 and key = any($3::text[]));

-- name: insert_numbered_points
insert into point (point_id, site, key, device, name, quantity, unit, kind)
overriding system value
select point_id, $1, key, device, name, quantity, unit, kind
from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    as given (point_id, key, device, name, quantity, unit, kind);

-- name: number_on
select setval(pg_get_serial_sequence('point', 'point_id'), (select max(point_id) from point));
