-- The last raw words of each point, for who asks how a figure came to be.

create table point_raw (
    site text not null,
    key text not null,
    read_at timestamptz,
    raw jsonb,
    failed_at timestamptz,
    failure text,
    primary key (site, key),
    check ((read_at is null) = (raw is null)),
    check ((failed_at is null) = (failure is null))
) with (fillfactor = 70);
comment on table point_raw is
    'What each point last showed on the wire, as the collector last told it; one row a point.';
comment on column point_raw.site is 'Identifier of the data centre.';
comment on column point_raw.key is 'Name of the point within its site.';
comment on column point_raw.read_at is
    'When these words were read, UTC; they may have been read again, unchanged, for some minutes.';
comment on column point_raw.raw is
    'Registers or variable as they came (service.storage.point_raw); null if the point never gave any.';
comment on column point_raw.failed_at is
    'The last try, UTC, where it brought no words; null if it brought some.';
comment on column point_raw.failure is 'Why it brought none.';
