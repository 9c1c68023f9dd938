-- What the upkeep of the store knows: until when readings are closed and sealed, what it sealed,
-- what came after that, and what has to be kept because somebody disputes it.

create table upkeep_state (
    only_row boolean primary key default true check (only_row),
    closed_upto timestamptz not null default '1970-01-01 00:00+00',
    sealed_upto timestamptz not null default '1970-01-01 00:00+00',
    hours_from timestamptz not null default '1970-01-01 00:00+00',
    check (sealed_upto <= closed_upto)
);
insert into upkeep_state default values;
comment on table upkeep_state is 'How far the upkeep of the store has come.';
comment on column upkeep_state.only_row is 'Always true: the table has one row.';
comment on column upkeep_state.closed_upto is
    'Readings from before this start of a legal day are no longer written, but set aside.';
comment on column upkeep_state.sealed_upto is
    'Every legal day before is sealed: its readings may be gone, its hours are never rolled up again.';
comment on column upkeep_state.hours_from is 'Hours from before were removed, UTC.';

create table raw_seal (
    point_id integer not null,
    day date not null,
    rows integer not null check (rows > 0),
    sha256 text not null,
    corrections jsonb not null,
    sealed_at timestamptz not null,
    primary key (point_id, day)
);
comment on table raw_seal is 'What the readings of a point in a legal day were when they were sealed.';
comment on column raw_seal.point_id is 'The point: point.point_id.';
comment on column raw_seal.day is 'Legal day, Europe/Paris.';
comment on column raw_seal.rows is 'Readings of the day, count.';
comment on column raw_seal.sha256 is
    'SHA-256 of these rows as evidence packs hash them (service/evidence/README.md), hexadecimal.';
comment on column raw_seal.corrections is
    'How many were imported, substituted, declared, late; what is none is left out.';
comment on column raw_seal.sealed_at is 'When it was sealed, UTC, clock of the upkeep.';

-- As for the chain of verdicts: no hindrance to the owner of the database.
create function raw_seal_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'table raw_seal is only ever added to: % is refused', tg_op;
end
$$;
create trigger raw_seal_only_added before update or delete on raw_seal
for each row execute function raw_seal_refuse();

create table reading_set_aside (
    point_id integer not null,
    ts timestamptz not null,
    received_at timestamptz,
    value double precision,
    quality smallint not null,
    origin smallint not null,
    set_aside_at timestamptz not null default now(),
    primary key (point_id, ts)
);
comment on table reading_set_aside is
    'Readings that came after their legal day was closed: kept, and part of no figure.';
comment on column reading_set_aside.point_id is 'The point: point.point_id.';
comment on column reading_set_aside.ts is 'Source time, UTC.';
comment on column reading_set_aside.received_at is 'Time of receipt, UTC; null when not known.';
comment on column reading_set_aside.value is 'Value in point.unit; null when it could not be read.';
comment on column reading_set_aside.quality is 'As reading.quality.';
comment on column reading_set_aside.origin is 'As reading.origin.';
comment on column reading_set_aside.set_aside_at is 'When it came, UTC, database clock.';

create table raw_hold (
    hold_id integer generated always as identity primary key,
    site text not null,
    from_ts timestamptz not null,
    to_ts timestamptz not null,
    who text not null,
    why text not null,
    set_at timestamptz not null default now(),
    lifted_by text,
    lifted_why text,
    lifted_at timestamptz,
    check (from_ts < to_ts),
    check ((lifted_at is null) = (lifted_by is null))
);
comment on table raw_hold is 'Disputed periods, whose readings are kept beyond their time.';
comment on column raw_hold.hold_id is 'Number of the hold.';
comment on column raw_hold.site is 'Identifier of the data centre.';
comment on column raw_hold.from_ts is 'Start of the period, UTC.';
comment on column raw_hold.to_ts is 'End of the period, UTC, not inside.';
comment on column raw_hold.who is 'Who asked for it.';
comment on column raw_hold.why is 'Why.';
comment on column raw_hold.set_at is 'When it was set, UTC, database clock.';
comment on column raw_hold.lifted_by is 'Who lifted it; null while it stands.';
comment on column raw_hold.lifted_why is 'Why it was lifted; null while it stands.';
comment on column raw_hold.lifted_at is 'When it was lifted, UTC, database clock; null while it stands.';
