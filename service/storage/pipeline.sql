-- name: upsert_collector_state
insert into collector_state (
    site, acknowledged_total, written_total, spooled_rows, spooled_bytes, oldest_age_s,
    dropped_total, dead_letter_total, poll_stretch
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (site) do update set
    acknowledged_total = excluded.acknowledged_total,
    written_total = excluded.written_total,
    spooled_rows = excluded.spooled_rows,
    spooled_bytes = excluded.spooled_bytes,
    oldest_age_s = excluded.oldest_age_s,
    dropped_total = excluded.dropped_total,
    dead_letter_total = excluded.dead_letter_total,
    poll_stretch = excluded.poll_stretch,
    updated_at = now();

-- name: fetch_collector_state
select acknowledged_total, written_total, spooled_rows, spooled_bytes, oldest_age_s,
    dropped_total, dead_letter_total, poll_stretch, updated_at
from collector_state
where site = $1;
