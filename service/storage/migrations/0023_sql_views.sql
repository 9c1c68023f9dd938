-- What Grafana and analysts read: views with names and units, each row for who is cleared for it.
-- A schema of its own, and not of the name of a role: "$user" stands first in search_path.

create table site_identity (
    site text primary key,
    name text not null,
    operator text not null,
    city text not null,
    latitude_deg double precision not null,
    longitude_deg double precision not null,
    told_at timestamptz not null default now()
);
comment on table site_identity is 'Who and where each site is, as its site file says.';
comment on column site_identity.site is 'Identifier of the data centre.';
comment on column site_identity.name is 'Its name.';
comment on column site_identity.operator is 'Who operates it.';
comment on column site_identity.city is 'Where it is.';
comment on column site_identity.latitude_deg is 'Latitude, degrees north, WGS 84.';
comment on column site_identity.longitude_deg is 'Longitude, degrees east, WGS 84.';
comment on column site_identity.told_at is 'When the site file was last read, UTC, database clock.';

create table site_disclosure (
    site text not null,
    matter text not null,
    subject text not null,
    level smallint not null check (level between 0 and 2),
    primary key (site, matter, subject)
);
comment on table site_disclosure is
    'Who may see what of each site, as its site file says; what is not named is for the operator.';
comment on column site_disclosure.site is 'Identifier of the data centre.';
comment on column site_disclosure.matter is 'What a figure is about: kpi, verdict, breach, point, …';
comment on column site_disclosure.subject is
    'A single KPI, of verdict and breach a single rule; empty for all that are not named.';
comment on column site_disclosure.level is '0 public, 1 authority, 2 operator.';

create schema boucle_views;
comment on schema boucle_views is
    'What Grafana and analysts read; documented in service/storage/VIEWS.md.';

-- Roles are of the whole server, and may be missing.
create function boucle_views.clearance() returns smallint
language sql stable parallel safe set search_path = pg_catalog as $$
    select coalesce(max(cleared.level), 0)::smallint
    from (
        select case rolname
            when 'boucle_reader_operator' then 2 when 'boucle_reader_authority' then 1 else 0
        end as level
        from pg_roles
        where rolname in ('boucle_reader_authority', 'boucle_reader_operator')
            and pg_has_role(current_user, oid, 'usage')
        union all
        select 2 from pg_namespace
        where nspname = 'boucle_views' and pg_has_role(current_user, nspowner, 'usage')
    ) as cleared
$$;
comment on function boucle_views.clearance() is
    'What the role that asks may see: 0 public, 1 authority, 2 operator.';

create function boucle_views.quality_name(quality smallint) returns text
language sql immutable parallel safe as $$
    select case quality
        when 0 then 'good' when 1 then 'uncertain' when 2 then 'out_of_range'
        when 3 then 'not_available' when 4 then 'bad'
    end
$$;
comment on function boucle_views.quality_name(smallint) is 'The word for reading.quality.';

create function boucle_views.origin_name(origin smallint) returns text
language sql immutable parallel safe as $$
    select case origin
        when 0 then 'measured' when 1 then 'imported' when 2 then 'substituted'
        when 3 then 'declared'
    end
$$;
comment on function boucle_views.origin_name(smallint) is 'The word for reading.origin.';

create view boucle_views.sites with (security_barrier) as
select site, name, operator, city, latitude_deg, longitude_deg from site_identity;
comment on view boucle_views.sites is 'The data centres, for everybody.';
comment on column boucle_views.sites.site is 'Identifier of the data centre.';
comment on column boucle_views.sites.name is 'Its name.';
comment on column boucle_views.sites.operator is 'Who operates it.';
comment on column boucle_views.sites.city is 'Where it is.';
comment on column boucle_views.sites.latitude_deg is 'Latitude, degrees north, WGS 84.';
comment on column boucle_views.sites.longitude_deg is 'Longitude, degrees east, WGS 84.';

create view boucle_views.devices with (security_barrier) as
select
    d.site, d.device, d.state, d.since, d.last_ok_at, d.polls_total, d.failures_total,
    d.consecutive_failures, d.bad_points, d.trouble, d.last_error, d.last_poll_s,
    d.clock_offset_s, d.updated_at
from device_state as d
left join site_disclosure as s on s.site = d.site and s.matter = 'device' and s.subject = ''
where coalesce(s.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.devices is 'The health of each device, as the collector last told it.';
comment on column boucle_views.devices.site is 'Identifier of the data centre.';
comment on column boucle_views.devices.device is 'Identifier of the device within its site.';
comment on column boucle_views.devices.state is 'starting, ok, degraded or lost.';
comment on column boucle_views.devices.since is 'When the device entered this state, UTC.';
comment on column boucle_views.devices.last_ok_at is
    'End of the last poll that worked, UTC; null if none.';
comment on column boucle_views.devices.polls_total is 'Polls since the collector started, count.';
comment on column boucle_views.devices.failures_total is
    'Failed polls since the collector started, count.';
comment on column boucle_views.devices.consecutive_failures is
    'Failed polls since the last good one, count.';
comment on column boucle_views.devices.bad_points is
    'Points of the last poll without a good value, count.';
comment on column boucle_views.devices.trouble is 'What is wrong, as a word; null if nothing is.';
comment on column boucle_views.devices.last_error is
    'Why the last failed poll failed; null if none did.';
comment on column boucle_views.devices.last_poll_s is
    'Duration of the last poll, s; null before the first.';
comment on column boucle_views.devices.clock_offset_s is
    'How far its clock is ahead of the collector''s, s; null if it tells no time.';
comment on column boucle_views.devices.updated_at is 'When this was told, UTC, database clock.';

create view boucle_views.points with (security_barrier) as
select p.site, p.key as point, p.device, p.name, p.quantity, p.unit, p.kind
from point as p
left join site_disclosure as s on s.site = p.site and s.matter = 'point' and s.subject = ''
where coalesce(s.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.points is 'What is measured: a row per quantity read from a device.';
comment on column boucle_views.points.site is 'Identifier of the data centre.';
comment on column boucle_views.points.point is 'Key of the point within its site: <device>.<name>.';
comment on column boucle_views.points.device is 'Identifier of the device within its site.';
comment on column boucle_views.points.name is 'Name of the point within its device.';
comment on column boucle_views.points.quantity is 'Physical quantity, a word of the glossary.';
comment on column boucle_views.points.unit is 'Unit of its values in all views of readings.';
comment on column boucle_views.points.kind is 'gauge, counter (cumulative register) or state.';

create view boucle_views.readings with (security_barrier) as
select
    p.site, p.key as point, r.ts as "time", r.value, p.unit,
    boucle_views.quality_name(r.quality) as quality,
    boucle_views.origin_name(r.origin) as origin,
    r.received_at
from point as p
left join site_disclosure as s on s.site = p.site and s.matter = 'point' and s.subject = ''
join reading as r on r.point_id = p.point_id
where coalesce(s.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.readings is
    'Readings, one per point and source time: always ask for site, point and a stretch of time.';
comment on column boucle_views.readings.site is 'Identifier of the data centre.';
comment on column boucle_views.readings.point is 'Key of the point: points.point.';
comment on column boucle_views.readings."time" is
    'Source time, UTC: the device''s own when it has one, else the middle of the request.';
comment on column boucle_views.readings.value is 'Value, in unit; null when it could not be read.';
comment on column boucle_views.readings.unit is 'Unit of the value.';
comment on column boucle_views.readings.quality is
    'good, uncertain, out_of_range, not_available or bad.';
comment on column boucle_views.readings.origin is 'measured, imported, substituted or declared.';
comment on column boucle_views.readings.received_at is 'Time of receipt, UTC; null when not known.';

do $$
declare
    span record;
begin
    for span in
        select * from (values
            ('readings_by_hour', 'reading_hour', 'hour', 'hour of UTC', 'Start of the hour, UTC.'),
            ('readings_by_day', 'reading_day', 'day', 'legal day', 'Legal day, Europe/Paris.'),
            (
                'readings_by_month', 'reading_month', 'month', 'legal month',
                'First legal day of the month, Europe/Paris.'
            )
        ) as spans (view_name, table_name, start, period, start_text)
    loop
        execute format(
            'create view boucle_views.%1$I with (security_barrier) as
            select
                p.site, p.key as point, r.%3$I, p.unit,
                r.first_ts as first_at, r.first_value, r.last_ts as last_at, r.last_value,
                r.minimum, r.maximum,
                case when p.kind = ''gauge'' then r.integral / nullif(r.known_us / 1e6, 0) end
                    as time_weighted_mean,
                case when p.kind = ''gauge'' then r.known_us / 1e6::double precision end as known_s,
                r.good, r.uncertain, r.out_of_range, r.not_available, r.bad
            from point as p
            left join site_disclosure as s
                on s.site = p.site and s.matter = ''point'' and s.subject = ''''
            join %2$I as r on r.point_id = p.point_id
            where coalesce(s.level, 2) <= (select boucle_views.clearance())',
            span.view_name, span.table_name, span.start
        );
        execute format(
            'comment on view boucle_views.%I is %L',
            span.view_name, 'What the readings of a point amount to, by ' || span.period || '.'
        );
        execute format(
            'comment on column boucle_views.%I.%I is %L',
            span.view_name, span.start, span.start_text
        );
        execute format(
            $c$
            comment on column boucle_views.%1$I.site is 'Identifier of the data centre.';
            comment on column boucle_views.%1$I.point is 'Key of the point: points.point.';
            comment on column boucle_views.%1$I.unit is 'Unit of the values.';
            comment on column boucle_views.%1$I.first_at is
                'Source time of the first good reading, UTC; null without any.';
            comment on column boucle_views.%1$I.first_value is 'Its value, in unit.';
            comment on column boucle_views.%1$I.last_at is
                'Source time of the last good reading, UTC; null without any.';
            comment on column boucle_views.%1$I.last_value is 'Its value, in unit.';
            comment on column boucle_views.%1$I.minimum is
                'Least good value, in unit; of a gauge the least that stood.';
            comment on column boucle_views.%1$I.maximum is
                'Greatest good value, in unit; of a gauge the greatest that stood.';
            comment on column boucle_views.%1$I.time_weighted_mean is
                'Mean of a gauge over the time it is known for, in unit; null for a counter.';
            comment on column boucle_views.%1$I.known_s is
                'Time in which a good reading of a gauge stood, s; null for a counter.';
            comment on column boucle_views.%1$I.good is 'Good readings with a value, count.';
            comment on column boucle_views.%1$I.uncertain is 'Uncertain readings, count.';
            comment on column boucle_views.%1$I.out_of_range is 'Readings out of range, count.';
            comment on column boucle_views.%1$I.not_available is
                'Readings that were not available, count.';
            comment on column boucle_views.%1$I.bad is
                'Bad readings, and good ones without a value, count.';
            $c$,
            span.view_name
        );
    end loop;
end
$$;

create view boucle_views.kpis with (security_barrier) as
select
    k.site, k.kpi, k.span, k.start_ts as starts_at, k.end_ts as ends_at, k.value,
    k.expanded_uncertainty, k.unit, k.coverage_ratio, k.bridged_ratio, k.withheld, k.flags,
    k.doubts, boucle_views.origin_name(k.origin) as origin, k.computed_at as known_since,
    k.code_version
from kpi_result as k
left join site_disclosure as own
    on own.site = k.site and own.matter = 'kpi' and own.subject = k.kpi
left join site_disclosure as other
    on other.site = k.site and other.matter = 'kpi' and other.subject = ''
where k.revised_at is null
    and coalesce(own.level, other.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.kpis is 'KPIs of closed periods, as they are known now.';
comment on column boucle_views.kpis.site is 'Identifier of the data centre.';
comment on column boucle_views.kpis.kpi is 'Identifier of the KPI.';
comment on column boucle_views.kpis.span is 'hour of UTC, or legal day, month or year (Europe/Paris).';
comment on column boucle_views.kpis.starts_at is 'Start of the period, UTC.';
comment on column boucle_views.kpis.ends_at is 'End of the period, UTC, not inside.';
comment on column boucle_views.kpis.value is 'The figure, in unit; null when withheld.';
comment on column boucle_views.kpis.expanded_uncertainty is
    'Absolute, k = 2, in unit; null when not known.';
comment on column boucle_views.kpis.unit is 'Unit of value and uncertainty.';
comment on column boucle_views.kpis.coverage_ratio is
    'Share of the period known for all inputs together, ratio.';
comment on column boucle_views.kpis.bridged_ratio is
    'Share known by registers while a meter was silent, ratio.';
comment on column boucle_views.kpis.withheld is 'Why there is no value; null when there is one.';
comment on column boucle_views.kpis.flags is 'What to beware of, words apart by a space.';
comment on column boucle_views.kpis.doubts is
    'Meters not to be trusted as meter:reason, apart by a space.';
comment on column boucle_views.kpis.origin is 'measured, imported, substituted or declared.';
comment on column boucle_views.kpis.known_since is 'Since when the figure is known, UTC.';
comment on column boucle_views.kpis.code_version is 'Version of the program that computed it.';

create view boucle_views.kpi_revisions with (security_barrier) as
select
    k.site, k.kpi, k.span, k.start_ts as starts_at, k.end_ts as ends_at,
    k.computed_at as revised_at, earlier.value as value_before, k.value as value_after,
    earlier.expanded_uncertainty as expanded_uncertainty_before,
    k.expanded_uncertainty as expanded_uncertainty_after, k.unit
from kpi_result as k
join kpi_result as earlier
    on earlier.site = k.site and earlier.kpi = k.kpi and earlier.span = k.span
    and earlier.start_ts = k.start_ts and earlier.revised_at = k.computed_at
left join site_disclosure as own
    on own.site = k.site and own.matter = 'kpi' and own.subject = k.kpi
left join site_disclosure as other
    on other.site = k.site and other.matter = 'kpi' and other.subject = ''
where coalesce(own.level, other.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.kpi_revisions is
    'KPIs of closed periods that came out otherwise than they were known before.';
comment on column boucle_views.kpi_revisions.site is 'Identifier of the data centre.';
comment on column boucle_views.kpi_revisions.kpi is 'Identifier of the KPI.';
comment on column boucle_views.kpi_revisions.span is
    'hour of UTC, or legal day, month or year (Europe/Paris).';
comment on column boucle_views.kpi_revisions.starts_at is 'Start of the period, UTC.';
comment on column boucle_views.kpi_revisions.ends_at is 'End of the period, UTC, not inside.';
comment on column boucle_views.kpi_revisions.revised_at is 'When the figure changed, UTC.';
comment on column boucle_views.kpi_revisions.value_before is
    'The figure until then, in unit; null when withheld.';
comment on column boucle_views.kpi_revisions.value_after is
    'The figure from then on, in unit; null when withheld.';
comment on column boucle_views.kpi_revisions.expanded_uncertainty_before is
    'Absolute, k = 2, in unit; null when not known.';
comment on column boucle_views.kpi_revisions.expanded_uncertainty_after is
    'Absolute, k = 2, in unit; null when not known.';
comment on column boucle_views.kpi_revisions.unit is 'Unit of values and uncertainties.';

create view boucle_views.breaches with (security_barrier) as
select
    b.site, b.breach_id as breach, b.rule_id as rule, b.state, b.began_at, b.noticed_at,
    (b.body ->> 'opened_at')::timestamptz as opened_at,
    (b.body ->> 'resolved_at')::timestamptz as resolved_at,
    b.body ->> 'last_verdict' as last_verdict,
    (b.body ->> 'value')::double precision as value,
    (b.body ->> 'expanded_uncertainty')::double precision as expanded_uncertainty,
    (b.body ->> 'threshold')::double precision as threshold,
    (b.body ->> 'margin')::double precision as margin,
    (b.body ->> 'worst_margin')::double precision as worst_margin,
    b.body ->> 'unit' as unit,
    (b.body ->> 'deadline')::date as deadline,
    (b.body ->> 'deadline_passed')::boolean as deadline_passed,
    b.body ->> 'plan' as plan,
    b.body -> 'derogation' ->> 'ground' as derogation_ground,
    (b.body -> 'derogation' ->> 'until')::date as derogation_until
from breach as b
left join site_disclosure as own
    on own.site = b.site and own.matter = 'breach' and own.subject = b.rule_id
left join site_disclosure as other
    on other.site = b.site and other.matter = 'breach' and other.subject = ''
where coalesce(own.level, other.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.breaches is 'Breaches of the charter, as they stand now.';
comment on column boucle_views.breaches.site is 'Identifier of the data centre.';
comment on column boucle_views.breaches.breach is 'Name of the breach within its site.';
comment on column boucle_views.breaches.rule is 'Rule of the charter.';
comment on column boucle_views.breaches.state is
    'pending, open, acknowledged, justified, resolved or reopened.';
comment on column boucle_views.breaches.began_at is
    'Since when it is shown without interruption, UTC.';
comment on column boucle_views.breaches.noticed_at is
    'When it was first noticed, UTC; deadlines run from then.';
comment on column boucle_views.breaches.opened_at is
    'When it had stood for long enough, UTC; null before.';
comment on column boucle_views.breaches.resolved_at is 'When it was over, UTC; null before.';
comment on column boucle_views.breaches.last_verdict is 'The newest verdict on the rule.';
comment on column boucle_views.breaches.value is 'The figure that was judged, in unit.';
comment on column boucle_views.breaches.expanded_uncertainty is 'Absolute, k = 2, in unit.';
comment on column boucle_views.breaches.threshold is 'The limit, in unit.';
comment on column boucle_views.breaches.margin is
    'Distance from the limit, in unit; positive on the compliant side.';
comment on column boucle_views.breaches.worst_margin is 'The lowest margin seen, in unit.';
comment on column boucle_views.breaches.unit is 'Unit of the figures.';
comment on column boucle_views.breaches.deadline is
    'Last legal day to end it, Europe/Paris; null without one.';
comment on column boucle_views.breaches.deadline_passed is 'Whether that day is over.';
comment on column boucle_views.breaches.plan is 'What the operator plans, in its words.';
comment on column boucle_views.breaches.derogation_ground is
    'Why it is allowed to stand; null if it is not.';
comment on column boucle_views.breaches.derogation_until is
    'Last legal day of the derogation, Europe/Paris; null without one.';

create view boucle_views.breach_events with (security_barrier) as
select
    e.site, e.breach, e.rule, e.at, e.kind,
    -- The names of those who work there are not for the public.
    case when e.who = 'boucle' or (select boucle_views.clearance()) > 0 then e.who end as who,
    e.why, e.state_before, e.state_after
from (
    select
        c.site, c.body::jsonb ->> 'breach_id' as breach, c.rule_id as rule,
        (c.body::jsonb ->> 'at')::timestamptz as at, c.body::jsonb ->> 'kind' as kind,
        c.body::jsonb ->> 'who' as who, c.body::jsonb ->> 'why' as why,
        c.body::jsonb ->> 'before' as state_before, c.body::jsonb ->> 'after' as state_after
    from evidence_chain as c
    where c.reason = 'breach'
    union all
    select o.site, o.breach_id, b.rule_id, o.at, o.kind, o.who, o.why, o.state_before, o.state_after
    from breach_event as o
    join breach as b on b.site = o.site and b.breach_id = o.breach_id
) as e
left join site_disclosure as own
    on own.site = e.site and own.matter = 'breach' and own.subject = e.rule
left join site_disclosure as other
    on other.site = e.site and other.matter = 'breach' and other.subject = ''
where coalesce(own.level, other.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.breach_events is 'What happened to breaches: who did what, when, why.';
comment on column boucle_views.breach_events.site is 'Identifier of the data centre.';
comment on column boucle_views.breach_events.breach is 'The breach: breaches.breach.';
comment on column boucle_views.breach_events.rule is 'Rule of the charter.';
comment on column boucle_views.breach_events.at is 'When it happened, UTC.';
comment on column boucle_views.breach_events.kind is
    'began, opened, acknowledged, justified, resolved, …';
comment on column boucle_views.breach_events.who is
    'Who did it; boucle for what follows from data; null to the public.';
comment on column boucle_views.breach_events.why is
    'Why: the verdict, or the words of whoever did it.';
comment on column boucle_views.breach_events.state_before is
    'State before; null when the breach began.';
comment on column boucle_views.breach_events.state_after is 'State after.';

create view boucle_views.verdicts with (security_barrier) as
select
    c.site, c.rule_id as rule, c.seq, c.recorded_at, c.reason,
    (told.body ->> 'on')::date as legal_day,
    told.body ->> 'verdict' as verdict,
    told.body ->> 'lack' as lack,
    (told.body ->> 'value')::double precision as value,
    (told.body ->> 'threshold')::double precision as threshold,
    (told.body ->> 'threshold_high')::double precision as threshold_high,
    (told.body ->> 'guard_band')::double precision as guard_band,
    (told.body ->> 'margin')::double precision as margin,
    told.body ->> 'threshold_unit' as unit,
    told.body -> 'kpi' ->> 'kpi' as kpi,
    told.body -> 'kpi' -> 'window' ->> 'name' as kpi_window
from evidence_chain as c
cross join lateral (select c.body::jsonb as body offset 0) as told
left join site_disclosure as own
    on own.site = c.site and own.matter = 'verdict' and own.subject = c.rule_id
left join site_disclosure as other
    on other.site = c.site and other.matter = 'verdict' and other.subject = ''
where c.reason in ('changed', 'daily', 'packed')
    and coalesce(own.level, other.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.verdicts is
    'Verdicts as they were reached, from the chain of evidence.';
comment on column boucle_views.verdicts.site is 'Identifier of the data centre.';
comment on column boucle_views.verdicts.rule is 'Rule of the charter.';
comment on column boucle_views.verdicts.seq is
    'Number of the entry in the chain of its site, from 1.';
comment on column boucle_views.verdicts.recorded_at is 'When it was written down, UTC.';
comment on column boucle_views.verdicts.reason is
    'changed (it is another one), daily (once a legal day) or packed (an evidence pack holds it).';
comment on column boucle_views.verdicts.legal_day is
    'Legal day that the verdict is of, Europe/Paris.';
comment on column boucle_views.verdicts.verdict is
    'compliant, breach, deviation, insufficient_data, …';
comment on column boucle_views.verdicts.lack is 'What is missing; null when nothing is.';
comment on column boucle_views.verdicts.value is 'The figure that was judged, in unit.';
comment on column boucle_views.verdicts.threshold is 'The limit, in unit; of a range its low end.';
comment on column boucle_views.verdicts.threshold_high is
    'High end of a range, in unit; null without one.';
comment on column boucle_views.verdicts.guard_band is
    'How far beyond the limit a breach is proven, in unit.';
comment on column boucle_views.verdicts.margin is
    'Distance from the limit, in unit; positive on the compliant side.';
comment on column boucle_views.verdicts.unit is 'Unit of the figures.';
comment on column boucle_views.verdicts.kpi is 'KPI that was judged; null without any.';
comment on column boucle_views.verdicts.kpi_window is 'Its window, such as 12months.';

create view boucle_views.imports with (security_barrier) as
select
    i.site, i.imported_at, i.file_name, i.sha256, i.rows, i.from_ts as starts_at,
    i.to_ts as ends_at
from import_log as i
left join site_disclosure as s on s.site = i.site and s.matter = 'point' and s.subject = ''
where coalesce(s.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.imports is 'Files of past readings that were imported.';
comment on column boucle_views.imports.site is 'Identifier of the data centre.';
comment on column boucle_views.imports.imported_at is 'When the file was first imported, UTC.';
comment on column boucle_views.imports.file_name is 'Name of the file, without its folder.';
comment on column boucle_views.imports.sha256 is 'SHA-256 of the file, hexadecimal.';
comment on column boucle_views.imports.rows is
    'Readings in the file, count; missing values are not counted.';
comment on column boucle_views.imports.starts_at is 'Source time of the first reading, UTC.';
comment on column boucle_views.imports.ends_at is 'Source time of the last reading, UTC.';

create view boucle_views.holds with (security_barrier) as
select
    h.site, h.from_ts as starts_at, h.to_ts as ends_at,
    case when (select boucle_views.clearance()) > 0 then h.who end as who,
    h.why, h.set_at,
    case when (select boucle_views.clearance()) > 0 then h.lifted_by end as lifted_by,
    h.lifted_why, h.lifted_at
from raw_hold as h
left join site_disclosure as s on s.site = h.site and s.matter = 'evidence' and s.subject = ''
where coalesce(s.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.holds is 'Disputed periods, whose readings are kept beyond their time.';
comment on column boucle_views.holds.site is 'Identifier of the data centre.';
comment on column boucle_views.holds.starts_at is 'Start of the period, UTC.';
comment on column boucle_views.holds.ends_at is 'End of the period, UTC, not inside.';
comment on column boucle_views.holds.who is 'Who asked for it; null to the public.';
comment on column boucle_views.holds.why is 'Why.';
comment on column boucle_views.holds.set_at is 'When it was set, UTC.';
comment on column boucle_views.holds.lifted_by is
    'Who lifted it; null while it stands, and to the public.';
comment on column boucle_views.holds.lifted_why is 'Why it was lifted; null while it stands.';
comment on column boucle_views.holds.lifted_at is 'When it was lifted, UTC; null while it stands.';
