-- name: set
insert into raw_hold (site, from_ts, to_ts, who, why) values ($1, $2, $3, $4, $5)
returning hold_id;

-- name: lift
update raw_hold set lifted_by = $3, lifted_why = $4, lifted_at = now()
where site = $1 and hold_id = $2 and lifted_at is null
returning hold_id;

-- name: fetch
select hold_id, from_ts, to_ts, who, why, set_at, lifted_by, lifted_why, lifted_at
from raw_hold
where site = $1
order by hold_id;
