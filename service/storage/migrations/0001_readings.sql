-- The first tables: points, their readings, the state of devices, the log of imports.

comment on table schema_migration is 'Migrations applied to this database, one row per file.';
comment on column schema_migration.version is 'Number of the file.';
comment on column schema_migration.name is 'Name of the file.';
comment on column schema_migration.sha256 is 'SHA-256 of the file as it was applied, hexadecimal.';
comment on column schema_migration.applied_at is 'When it was applied, UTC.';

create table store (
    only_row boolean primary key default true check (only_row),
    store_id uuid not null default gen_random_uuid(),
    created_at timestamptz not null default now()
);
insert into store default values;
comment on table store is 'The identity of this database: a spool never drains into another one.';
comment on column store.only_row is 'Always true: the table has one row.';
comment on column store.store_id is 'Random identity given when the database was first migrated.';
comment on column store.created_at is 'When the database was first migrated, UTC.';

create table point (
    point_id integer generated always as identity primary key,
    site text not null,
    key text not null,
    device text not null,
    name text not null,
    quantity text not null,
    unit text not null,
    kind text not null check (kind in ('gauge', 'counter', 'state')),
    unique (site, key)
);
comment on table point is 'What is measured: one row per quantity read from a device.';
comment on column point.point_id is 'Number that stands for the point in the readings.';
comment on column point.site is 'Identifier of the data centre.';
comment on column point.key is 'Name of the point within its site: <device>.<name>.';
comment on column point.device is 'Identifier of the device within its site.';
comment on column point.name is 'Name of the point within its device profile.';
comment on column point.quantity is 'Physical quantity, a word of the glossary.';
comment on column point.unit is 'Canonical unit of the quantity: the unit of reading.value.';
comment on column point.kind is 'gauge, counter (cumulative register) or state.';

-- No foreign key to point: it would cost a look-up per row on the way in, and point numbers
-- are only ever given out by the table point, whose rows are never deleted.
create table reading (
    point_id integer not null,
    ts timestamptz not null,
    received_at timestamptz,
    value double precision,
    quality smallint not null check (quality between 0 and 4),
    origin smallint not null check (origin between 0 and 3),
    primary key (point_id, ts)
);
comment on table reading is
    'Readings, exactly one per point and source time. A TimescaleDB hypertable on ts where the extension is present.';
comment on column reading.point_id is 'The point that was read: point.point_id.';
comment on column reading.ts is
    'Source time, UTC: the device''s own when it has one, else the middle of the request.';
comment on column reading.received_at is 'Time of receipt, UTC; null when not known.';
comment on column reading.value is 'Value in point.unit; null when it could not be read.';
comment on column reading.quality is
    '0 good, 1 uncertain, 2 out of range, 3 not available, 4 bad.';
comment on column reading.origin is '0 measured, 1 imported, 2 substituted, 3 declared.';

create table device_state (
    site text not null,
    device text not null,
    state text not null check (state in ('starting', 'ok', 'degraded', 'lost')),
    since timestamptz not null,
    last_ok_at timestamptz,
    polls_total bigint not null,
    failures_total bigint not null,
    consecutive_failures integer not null,
    bad_points integer not null,
    last_error text,
    last_poll_s double precision,
    updated_at timestamptz not null default now(),
    primary key (site, device)
);
comment on table device_state is 'What the collector last said of each device.';
comment on column device_state.site is 'Identifier of the data centre.';
comment on column device_state.device is 'Identifier of the device within its site.';
comment on column device_state.state is 'starting, ok, degraded or lost.';
comment on column device_state.since is 'When the device entered this state, UTC.';
comment on column device_state.last_ok_at is 'End of the last poll that worked, UTC; null if none.';
comment on column device_state.polls_total is 'Polls since the collector started, count.';
comment on column device_state.failures_total is
    'Failed polls since the collector started, count.';
comment on column device_state.consecutive_failures is 'Failed polls since the last good one, count.';
comment on column device_state.bad_points is 'Points of the last poll without a good value, count.';
comment on column device_state.last_error is 'Why the last failed poll failed; null if none did.';
comment on column device_state.last_poll_s is 'Duration of the last poll, s; null before the first.';
comment on column device_state.updated_at is 'When this row was written, UTC, database clock.';

create table import_log (
    id integer generated always as identity primary key,
    site text not null,
    file_name text not null,
    sha256 text not null,
    rows bigint not null,
    from_ts timestamptz not null,
    to_ts timestamptz not null,
    imported_at timestamptz not null default now(),
    unique (site, sha256)
);
comment on table import_log is 'Files of past readings that were imported, one row per content.';
comment on column import_log.id is 'Number of the import.';
comment on column import_log.site is 'Identifier of the data centre.';
comment on column import_log.file_name is 'Name of the file, without its folder.';
comment on column import_log.sha256 is 'SHA-256 of the file, hexadecimal.';
comment on column import_log.rows is 'Readings in the file, count; missing values are not counted.';
comment on column import_log.from_ts is 'Source time of the first reading, UTC.';
comment on column import_log.to_ts is 'Source time of the last reading, UTC.';
comment on column import_log.imported_at is 'When the file was first imported, UTC.';
