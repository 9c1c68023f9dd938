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
