-- name: add
insert into journal (site, at, kind, matter, subject, before, after, why)
select $1, at, kind, matter, subject, before, after, why::jsonb
from unnest(
    $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]
) as given (at, kind, matter, subject, before, after, why)
on conflict do nothing;

-- name: fetch
-- The newest first, from one that is older than a number on.
select seq, at, noted_at, kind, subject, before, after, why
from journal
where site = $1 and seq < $2
    and ($3::text[] is null or kind = any($3))
    and ($4::text is null or subject = $4)
    and at >= $5
    and (matter = any($6) or ($7::text[] is not null and matter = any($8) and subject = any($7)))
order by seq desc
limit $9;
