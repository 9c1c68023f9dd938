-- name: fetch_progress
select revision, from_ts, to_ts from kpi_progress where site = $1;

-- name: upsert_progress
insert into kpi_progress (site, revision, from_ts, to_ts) values ($1, $2, $3, $4)
on conflict (site) do update
set (revision, from_ts, to_ts) = (excluded.revision, excluded.from_ts, excluded.to_ts);

-- name: create_staging
create temporary table if not exists kpi_result_staging (like kpi_result) on commit delete rows;

-- name: drop_unchanged
-- What is known already and comes out the same is not a new figure.
delete from pg_temp.kpi_result_staging as s
using kpi_result as k
where k.revised_at is null
    and (k.site, k.kpi, k.span, k.start_ts) = (s.site, s.kpi, s.span, s.start_ts)
    and (
        k.value, k.expanded_uncertainty, k.coverage_ratio, k.bridged_ratio, k.withheld, k.flags,
        k.doubts, k.origin
    ) is not distinct from (
        s.value, s.expanded_uncertainty, s.coverage_ratio, s.bridged_ratio, s.withheld, s.flags,
        s.doubts, s.origin
    );

-- name: revise
update kpi_result as k set revised_at = s.computed_at
from pg_temp.kpi_result_staging as s
where k.revised_at is null
    and (k.site, k.kpi, k.span, k.start_ts) = (s.site, s.kpi, s.span, s.start_ts);

-- name: insert_staged
insert into kpi_result select * from pg_temp.kpi_result_staging;

-- name: fetch_results
-- As known at $6: the figure that was held for right then.
select
    start_ts, end_ts, computed_at, revised_at, unit, value, expanded_uncertainty, coverage_ratio,
    bridged_ratio, withheld, flags, doubts, origin, numerator, denominator, code_version
from kpi_result
where site = $1 and kpi = $2 and span = $3 and start_ts >= $4 and start_ts < $5
    and computed_at <= $6 and (revised_at is null or revised_at > $6)
order by start_ts
limit $7;

-- name: fetch_revisions
-- Every figure that was ever held for right.
select
    start_ts, end_ts, computed_at, revised_at, unit, value, expanded_uncertainty, coverage_ratio,
    bridged_ratio, withheld, flags, doubts, origin, numerator, denominator, code_version
from kpi_result
where site = $1 and kpi = $2 and span = $3 and start_ts >= $4 and start_ts < $5
order by start_ts, computed_at
limit $6;
