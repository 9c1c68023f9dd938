-- When each spool last reached this store: a restored copy of the store shows by an older mark.

create table spool_mark (
    spool_id uuid primary key,
    marked_at timestamptz not null
);
comment on table spool_mark is
    'When each collector''s spool last reached this store, one row per spool. A copy that was restored lacks what came after it was made.';
comment on column spool_mark.spool_id is 'Random identity of the spool, given when it first drained.';
comment on column spool_mark.marked_at is
    'When the spool last drained, UTC, database clock; renewed about twice a minute.';

comment on column collector_state.dropped_total is
    'Readings lost since the spool exists: it was full, its files were damaged, or the collector''s queue was full; count.';
