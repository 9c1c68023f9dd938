-- name: write
-- One statement, so that a writer that freezes leaves no transaction open. Nothing is written, and
-- no row comes back, when the lease has another token.
with held as (
    select from lease where name = $2 and token = $3 for key share
), head as (
    insert into snapshot_head as before (site, seq, format, parts, written_at)
    select $1, 1, $4, $5::text[], clock_timestamp() from held
    on conflict (site) do update set
        seq = before.seq + 1,
        format = excluded.format,
        parts = excluded.parts,
        written_at = excluded.written_at
    returning seq
), written as (
    insert into snapshot_part (site, name, seq, body)
    select $1, part.name, head.seq, part.body
    from head, unnest($6::text[], $7::bytea[]) as part (name, body)
    on conflict (site, name) do update set seq = excluded.seq, body = excluded.body
)
select seq, pg_notify('boucle_snapshot', $1) from head;

-- name: look
-- The head, and the parts that changed since a snapshot this reader can read, at one instant.
select
    head.seq,
    head.format,
    head.parts,
    extract(epoch from clock_timestamp() - head.written_at)::double precision as age_s,
    part.name,
    part.body
from snapshot_head as head
left join snapshot_part as part
    on part.site = head.site and part.seq > $2 and head.format = $3 and part.name = any(head.parts)
where head.site = $1;

-- name: collector_age
select extract(epoch from clock_timestamp() - updated_at)::double precision
from collector_state
where site = $1;
