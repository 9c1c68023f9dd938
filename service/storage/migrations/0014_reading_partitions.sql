-- instead-of: 0002
-- Readings by week without TimescaleDB: a partitioned table of the same name and columns. Once it is
-- one, boucle migrate --to-timescaledb makes it a hypertable, and not 0002.

do $$
declare
    old_name text;
    bound text;
begin
    if exists (select from schema_migration where version = 2)
        or exists (select from pg_inherits where inhparent = 'public.reading'::regclass)
    then
        return;
    end if;
    lock table public.reading in access exclusive mode;
    select substring(pg_get_constraintdef(oid) from $re$'([^']+)'$re$) into bound
    from pg_constraint
    where conname = 'reading_until' and conrelid = 'public.reading'::regclass;
    if bound is null and exists (select from public.reading) then
        -- They came since 0012 found none: a few, and read through in a moment.
        select to_timestamp(
            (floor(date_part('epoch', greatest(max(ts), now())) / 604800) + 2) * 604800
        )::text into bound
        from public.reading;
    end if;
    if bound is null then
        drop table public.reading;
    else
        old_name := 'reading_until_' || to_char(bound::timestamptz at time zone 'UTC', 'YYYYMMDD');
        execute format('alter table public.reading rename to %I', old_name);
        execute format('alter index public.reading_pkey rename to %I', old_name || '_pkey');
    end if;

    create table public.reading (
        point_id integer not null,
        ts timestamptz not null,
        received_at timestamptz,
        value double precision,
        -- By the names that the old table has for them.
        quality smallint not null constraint reading_quality_check check (quality between 0 and 4),
        origin smallint not null constraint reading_origin_check check (origin between 0 and 3),
        primary key (point_id, ts)
    ) partition by range (ts);
    comment on table public.reading is
        'Readings, exactly one per point and source time. By weeks: a TimescaleDB hypertable on ts where the extension is present, else partitions.';
    comment on column public.reading.point_id is 'The point that was read: point.point_id.';
    comment on column public.reading.ts is
        'Source time, UTC: the device''s own when it has one, else the middle of the request.';
    comment on column public.reading.received_at is 'Time of receipt, UTC; null when not known.';
    comment on column public.reading.value is
        'Value in point.unit; null when it could not be read.';
    comment on column public.reading.quality is
        '0 good, 1 uncertain, 2 out of range, 3 not available, 4 bad.';
    comment on column public.reading.origin is '0 measured, 1 imported, 2 substituted, 3 declared.';

    if bound is not null then
        -- The bound that was checked spares reading it through again.
        execute format(
            'alter table public.reading attach partition public.%I for values from (minvalue) to (%L)',
            old_name, bound
        );
        execute format('alter table public.%I drop constraint if exists reading_until', old_name);
    end if;
end
$$;
