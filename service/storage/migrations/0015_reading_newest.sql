-- The newest reading of each point, beside the readings: a row each, whatever lies behind it.

create table reading_newest (
    point_id integer primary key,
    ts timestamptz not null,
    received_at timestamptz,
    value double precision,
    quality smallint not null,
    origin smallint not null
)
-- Every row changes with every poll: room on its page for the next version, which no index sees.
with (fillfactor = 50);
comment on table reading_newest is
    'The newest reading of each point, as far as it is not of the future when it is written.';
comment on column reading_newest.point_id is 'The point: point.point_id.';
comment on column reading_newest.ts is 'As reading.ts.';
comment on column reading_newest.received_at is 'As reading.received_at.';
comment on column reading_newest.value is 'As reading.value.';
comment on column reading_newest.quality is 'As reading.quality.';
comment on column reading_newest.origin is 'As reading.origin.';

insert into reading_newest (point_id, ts, received_at, value, quality, origin)
select newest.*
from point
cross join lateral (
    select r.point_id, r.ts, r.received_at, r.value, r.quality, r.origin
    from reading as r
    where r.point_id = point.point_id
        and r.ts >= now() - interval '2 days' and r.ts < now() + interval '5 minutes'
    order by r.ts desc
    limit 1
) as newest;
