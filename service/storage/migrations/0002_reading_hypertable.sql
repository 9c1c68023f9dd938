-- requires-extension: timescaledb
-- Readings by week. Waits until the server has TimescaleDB, then moves what is there.
-- The primary key serves every query of Boucle: no second index on ts.

select create_hypertable(
    'reading',
    'ts',
    chunk_time_interval => interval '7 days',
    create_default_indexes => false,
    migrate_data => true
);
