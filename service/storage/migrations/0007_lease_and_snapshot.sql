-- Processes meet here: who does a piece of work of which there may be one only, and the newest
-- snapshot of the evaluation, which any number of servers read.

create table lease (
    name text primary key,
    holder text not null,
    token bigint not null,
    taken_at timestamptz not null,
    until timestamptz not null
);
comment on table lease is
    'Work that one process does at a time. Who wants it takes it when its time is over.';
comment on column lease.name is 'The work and its site, such as evaluate chapelle_international.';
comment on column lease.holder is 'Machine and process that has it, for people to read.';
comment on column lease.token is
    'Counts the times it was taken: who writes shows it, and an older one is refused.';
comment on column lease.taken_at is 'When the holder took it, UTC, database clock.';
comment on column lease.until is 'When it is free unless it is renewed, UTC, database clock.';

create table snapshot_head (
    site text primary key,
    seq bigint not null,
    format text not null,
    parts text[] not null,
    written_at timestamptz not null
);
comment on table snapshot_head is 'The newest snapshot of each site: its number and its parts.';
comment on column snapshot_head.site is 'Identifier of the data centre.';
comment on column snapshot_head.seq is 'Number of the snapshot within its site; it only grows.';
comment on column snapshot_head.format is
    'Hash of the types it is made of: a reader that has others waits for the next.';
comment on column snapshot_head.parts is 'Names of its parts: snapshot_part.name.';
comment on column snapshot_head.written_at is 'When it was written, UTC, database clock.';

-- Not in the write-ahead log: megabytes a minute of what is old a second later. A crash of the server
-- empties the table, and the evaluation writes every part anew.
create unlogged table snapshot_part (
    site text not null,
    name text not null,
    seq bigint not null,
    body bytea not null,
    primary key (site, name)
);
-- It is compressed already.
alter table snapshot_part alter column body set storage external;
comment on table snapshot_part is 'The parts of the newest snapshot; one that did not change stays.';
comment on column snapshot_part.site is 'Identifier of the data centre.';
comment on column snapshot_part.name is 'Name of the part: a field of the snapshot.';
comment on column snapshot_part.seq is 'Number of the snapshot in which the part last changed.';
comment on column snapshot_part.body is 'The part as JSON, compressed (zlib).';
