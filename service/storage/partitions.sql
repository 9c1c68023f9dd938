-- name: lock_partitions
-- Who makes a partition first; the other then finds it there.
select pg_advisory_xact_lock(71869432018);

-- name: fetch_missing
-- Which of some weeks have no partition yet.
select wanted.start
from unnest($1::timestamptz[]) as wanted (start)
where not exists (
    select
    from pg_inherits as i
    join pg_class as c on c.oid = i.inhrelid
    cross join lateral (select pg_get_expr(c.relpartbound, c.oid) as bound) as b
    where i.inhparent = 'public.reading'::regclass
        and wanted.start
            >= coalesce(
                substring(b.bound from $re$FROM \('([^']*)'\)$re$)::timestamptz, '-infinity'
            )
        and wanted.start < substring(b.bound from $re$TO \('([^']*)'\)$re$)::timestamptz
)
order by wanted.start;
