-- What the collector process says of its own pipeline: spool, losses, throughput.

create table collector_state (
    site text primary key,
    acknowledged_total bigint not null,
    written_total bigint not null,
    spooled_rows bigint not null,
    spooled_bytes bigint not null,
    oldest_age_s double precision,
    dropped_total bigint not null,
    dead_letter_total bigint not null,
    updated_at timestamptz not null default now()
);
comment on table collector_state is 'What the collector last said of its pipeline, one row per site.';
comment on column collector_state.site is 'Identifier of the data centre.';
comment on column collector_state.acknowledged_total is
    'Readings durable on disk since the collector started, count.';
comment on column collector_state.written_total is
    'Readings committed to the database since the collector started, count.';
comment on column collector_state.spooled_rows is 'Readings waiting on disk, count.';
comment on column collector_state.spooled_bytes is 'Size of what waits on disk, bytes.';
comment on column collector_state.oldest_age_s is
    'Age of the oldest reading that waits, s; null when none does.';
comment on column collector_state.dropped_total is
    'Readings lost since the spool exists: it was full, or the collector''s queue was; count.';
comment on column collector_state.dead_letter_total is
    'Readings the database refused for good since the spool exists, count.';
comment on column collector_state.updated_at is 'When this row was written, UTC, database clock.';
