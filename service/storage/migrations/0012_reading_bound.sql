-- Without TimescaleDB, readings are kept by weeks from here on. What is stored already becomes the
-- first of the pieces as it is: no row is written again. It ends a week after the newest reading, or
-- after now. This file says so, the next one reads it through while everybody works, the one after
-- that is done in a moment.

do $$
declare
    newest timestamptz;
    bound timestamptz;
begin
    if (select relkind from pg_class where oid = 'public.reading'::regclass) <> 'r'
        or to_regclass('_timescaledb_catalog.hypertable') is not null
            and exists (select from pg_inherits where inhparent = 'public.reading'::regclass)
        or exists (select from schema_migration where version = 2)
        or not exists (select from public.reading)
    then
        return;
    end if;
    -- Two index look-ups a point.
    with recursive each as (
        (select point_id from public.reading order by point_id limit 1)
        union all
        select (
            select r.point_id from public.reading as r
            where r.point_id > each.point_id order by r.point_id limit 1
        )
        from each where each.point_id is not null
    )
    select max(last.ts) into newest
    from each
    cross join lateral (
        select r.ts from public.reading as r
        where r.point_id = each.point_id order by r.ts desc limit 1
    ) as last;
    bound := to_timestamp(
        (floor(date_part('epoch', greatest(newest, now())) / 604800) + 2) * 604800
    );
    execute format(
        'alter table public.reading add constraint reading_until check (ts < %L) not valid', bound
    );
end
$$;
