-- What readings amount to by hour, legal day and legal month, so that no long window reads them again.

create table rollup_state (
    only_row boolean primary key default true check (only_row),
    rolled_upto timestamptz not null,
    revision bigint not null default 0
);
comment on table rollup_state is 'How far the roll-ups reach. Who writes roll-ups holds its row.';
comment on column rollup_state.only_row is 'Always true: the table has one row.';
comment on column rollup_state.rolled_upto is
    'Every reading before this hour is rolled up, or a row of rollup_queue names it.';
comment on column rollup_state.revision is 'Number of the last change of a roll-up.';

create table rollup_queue (
    id bigint generated always as identity primary key,
    point_id integer not null,
    from_ts timestamptz not null,
    to_ts timestamptz not null
);
comment on table rollup_queue is 'Past readings that came late: hours that have to be rolled up again.';
comment on column rollup_queue.id is 'Order of arrival.';
comment on column rollup_queue.point_id is 'The point: point.point_id.';
comment on column rollup_queue.from_ts is 'Source time of the first of them, UTC.';
comment on column rollup_queue.to_ts is 'Source time of the last of them, UTC.';

create table rollup_change (
    revision bigint not null,
    point_id integer not null,
    from_hour timestamptz not null,
    to_hour timestamptz not null,
    primary key (revision, point_id)
);
comment on table rollup_change is 'What the last revisions changed, for those who follow them.';
comment on column rollup_change.revision is 'Number of the change: rollup_state.revision.';
comment on column rollup_change.point_id is 'The point: point.point_id.';
comment on column rollup_change.from_hour is 'Earliest hour of the point that it changed, UTC.';
comment on column rollup_change.to_hour is 'Latest hour of the point that it changed, UTC.';

create table rollup_wanted (
    point_id integer primary key
);
comment on table rollup_wanted is 'Points whose hours are read: theirs are rolled up first.';
comment on column rollup_wanted.point_id is 'The point: point.point_id.';

create table rollup_range (
    point_id integer not null,
    low double precision not null,
    high double precision not null,
    primary key (point_id, low, high)
);
comment on table rollup_range is 'Ranges in which the time of a gauge is summed by the hour.';
comment on column rollup_range.point_id is 'The point: point.point_id.';
comment on column rollup_range.low is 'Lowest value inside, in point.unit.';
comment on column rollup_range.high is 'Highest value inside, in point.unit.';

create table reading_hour (
    point_id integer not null,
    hour timestamptz not null,
    first_ts timestamptz,
    first_value double precision,
    last_ts timestamptz,
    last_value double precision,
    good integer not null,
    uncertain integer not null,
    out_of_range integer not null,
    not_available integer not null,
    bad integer not null,
    minimum double precision,
    maximum double precision,
    known_us bigint not null,
    integral double precision not null,
    loose_us bigint not null,
    loose_step double precision not null,
    revision bigint not null,
    primary key (point_id, hour)
);
comment on table reading_hour is 'Readings of a point in one hour of UTC, [hour, hour + 1 h).';
comment on column reading_hour.point_id is 'The point: point.point_id.';
comment on column reading_hour.hour is 'Start of the hour, UTC.';
comment on column reading_hour.first_ts is 'Source time of the first good reading; null without any.';
comment on column reading_hour.first_value is 'Its value, in point.unit.';
comment on column reading_hour.last_ts is 'Source time of the last good reading; null without any.';
comment on column reading_hour.last_value is 'Its value, in point.unit.';
comment on column reading_hour.good is 'Good readings with a value, count.';
comment on column reading_hour.uncertain is 'Readings of quality uncertain, count.';
comment on column reading_hour.out_of_range is 'Readings of quality out of range, count.';
comment on column reading_hour.not_available is 'Readings that were not available, count.';
comment on column reading_hour.bad is 'Bad readings, and good ones without a value, count.';
comment on column reading_hour.minimum is
    'Least good value; of a gauge the least that stood, one from before the hour included.';
comment on column reading_hour.maximum is
    'Greatest good value; of a gauge the greatest that stood, one from before the hour included.';
comment on column reading_hour.known_us is 'Time in which a good reading of a gauge stood, µs.';
comment on column reading_hour.integral is 'Value times seconds over that time; 0 for a counter.';
comment on column reading_hour.loose_us is 'Part of that time beyond the hold of every reading, µs.';
comment on column reading_hour.loose_step is
    'Size of the step before the reading that stands, times seconds over the loose time.';
comment on column reading_hour.revision is 'Change that wrote this row last: rollup_state.revision.';

create table reading_hour_range (
    point_id integer not null,
    hour timestamptz not null,
    low double precision not null,
    high double precision not null,
    in_range_us bigint not null,
    primary key (point_id, hour, low, high)
);
comment on table reading_hour_range is 'Time of a gauge in a range, by the hour.';
comment on column reading_hour_range.point_id is 'The point: point.point_id.';
comment on column reading_hour_range.hour is 'Start of the hour, UTC.';
comment on column reading_hour_range.low is 'Lowest value inside, in point.unit.';
comment on column reading_hour_range.high is 'Highest value inside, in point.unit.';
comment on column reading_hour_range.in_range_us is 'Time in which the reading that stood was inside, µs.';

create table reading_day (like reading_hour including comments);
alter table reading_day rename column hour to day;
alter table reading_day alter column day type date using day::date;
alter table reading_day add primary key (point_id, day);
comment on table reading_day is 'reading_hour by legal day; the other columns mean the same.';
comment on column reading_day.day is 'Legal day, Europe/Paris.';

create table reading_month (like reading_day including comments);
alter table reading_month rename column day to month;
alter table reading_month add primary key (point_id, month);
comment on table reading_month is 'reading_hour by legal month; the other columns mean the same.';
comment on column reading_month.month is 'First legal day of the month, Europe/Paris.';

-- What is stored already: each point whole. Two index look-ups a point, not a scan.
insert into rollup_state (rolled_upto) values (date_trunc('hour', now() - interval '5 minutes'));
insert into rollup_queue (point_id, from_ts, to_ts)
select p.point_id, first.ts, last.ts
from point as p
cross join lateral (
    select ts from reading where point_id = p.point_id order by ts limit 1
) as first
cross join lateral (
    select ts from reading where point_id = p.point_id order by ts desc limit 1
) as last;
