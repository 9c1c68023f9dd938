-- name: upsert_device_states
insert into device_state (
    site, device, state, since, last_ok_at, polls_total, failures_total,
    consecutive_failures, bad_points, last_error, last_poll_s, clock_offset_s, trouble
)
select $1, given.*
from unnest(
    $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::bigint[],
    $8::integer[], $9::integer[], $10::text[], $11::double precision[], $12::double precision[],
    $13::text[]
) as given
on conflict (site, device) do update set
    state = excluded.state,
    since = excluded.since,
    last_ok_at = excluded.last_ok_at,
    polls_total = excluded.polls_total,
    failures_total = excluded.failures_total,
    consecutive_failures = excluded.consecutive_failures,
    bad_points = excluded.bad_points,
    last_error = excluded.last_error,
    last_poll_s = excluded.last_poll_s,
    clock_offset_s = excluded.clock_offset_s,
    trouble = excluded.trouble,
    updated_at = now();

-- name: fetch_device_states
select
    d.device, d.state, d.since, d.last_ok_at, d.polls_total, d.failures_total,
    d.consecutive_failures, d.bad_points, d.last_error, d.last_poll_s, d.clock_offset_s, d.trouble,
    d.updated_at, case when c.at is not null then
        jsonb_build_object('name', c.name, 'note', c.note, 'at', c.at)
    end as charge
from device_state as d
left join taken_in_charge as c
    on c.site = d.site and c.kind = 'device' and c.subject = d.device and c.ended_at is null
where d.site = $1
order by d.device;
