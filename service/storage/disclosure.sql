-- name: upsert_identity
insert into site_identity (site, name, operator, city, latitude_deg, longitude_deg)
values ($1, $2, $3, $4, $5, $6)
on conflict (site) do update set
    name = excluded.name,
    operator = excluded.operator,
    city = excluded.city,
    latitude_deg = excluded.latitude_deg,
    longitude_deg = excluded.longitude_deg,
    told_at = now();

-- name: forget_levels
delete from site_disclosure where site = $1;

-- name: insert_levels
insert into site_disclosure (site, matter, subject, level)
select $1, * from unnest($2::text[], $3::text[], $4::smallint[]);
