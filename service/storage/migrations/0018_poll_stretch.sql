-- By how much the collector polls less often than planned, because the database takes less.

alter table collector_state add column poll_stretch double precision not null default 1;
comment on column collector_state.poll_stretch is
    'How many times further apart than planned polls are, ratio; 1 when all is taken that is polled.';
