-- The KPIs of closed hours, legal days, months and years, each as it was known and when.

create table kpi_result (
    site text not null,
    kpi text not null,
    span text not null check (span in ('hour', 'day', 'month', 'year')),
    start_ts timestamptz not null,
    end_ts timestamptz not null,
    computed_at timestamptz not null,
    revised_at timestamptz,
    unit text not null,
    value double precision,
    expanded_uncertainty double precision,
    coverage_ratio double precision not null,
    bridged_ratio double precision not null,
    withheld text,
    flags text not null,
    doubts text not null,
    origin smallint not null check (origin between 0 and 3),
    numerator double precision,
    denominator double precision,
    revision bigint not null,
    code_version text not null,
    primary key (site, kpi, span, start_ts, computed_at)
);
create unique index kpi_result_in_force on kpi_result (site, kpi, span, start_ts)
where revised_at is null;
comment on table kpi_result is
    'KPIs of closed periods. A figure that changes is a new row; the earlier one stays.';
comment on column kpi_result.site is 'Identifier of the data centre.';
comment on column kpi_result.kpi is 'Identifier of the KPI.';
comment on column kpi_result.span is 'hour of UTC, or legal day, month or year (Europe/Paris).';
comment on column kpi_result.start_ts is 'Start of the period, UTC.';
comment on column kpi_result.end_ts is 'End of the period, UTC, not inside.';
comment on column kpi_result.computed_at is 'Since when the figure is known, UTC.';
comment on column kpi_result.revised_at is 'Until when it was held for right, UTC; null: it is.';
comment on column kpi_result.unit is 'Unit of the value.';
comment on column kpi_result.value is 'The figure; null when withheld.';
comment on column kpi_result.expanded_uncertainty is 'Absolute, k = 2; null when not known.';
comment on column kpi_result.coverage_ratio is 'Share of the period known for all inputs together.';
comment on column kpi_result.bridged_ratio is 'Share known by registers while a meter was silent.';
comment on column kpi_result.withheld is 'Why there is no value; null when there is one.';
comment on column kpi_result.flags is 'What to beware of, words apart by a space.';
comment on column kpi_result.doubts is 'Meters not to be trusted as meter:reason, apart by a space.';
comment on column kpi_result.origin is '0 measured, 1 imported, 2 substituted, 3 declared.';
comment on column kpi_result.numerator is 'What stands above the line of a ratio; null without one.';
comment on column kpi_result.denominator is 'What stands below it; null without one.';
comment on column kpi_result.revision is 'Roll-ups it was computed from: rollup_state.revision.';
comment on column kpi_result.code_version is 'Version of the program that computed it.';

create table kpi_progress (
    site text primary key,
    revision bigint not null,
    from_ts timestamptz,
    to_ts timestamptz
);
comment on table kpi_progress is 'What of the closed periods has to be computed, one row per site.';
comment on column kpi_progress.site is 'Identifier of the data centre.';
comment on column kpi_progress.revision is 'Changes of roll-ups that were taken in: rollup_state.revision.';
comment on column kpi_progress.from_ts is 'Start of what waits, UTC; null when nothing does.';
comment on column kpi_progress.to_ts is 'End of what waits, UTC; null when nothing does.';
