-- What is asked of the past by HTTP and through the views is found by index, however long it is.

create index breach_by_notice on breach (site, noticed_at desc, breach_id);
create index breach_by_state on breach (site, state, noticed_at desc, breach_id);

-- Of verdicts those of a rule, and those of a stretch of time.
create index evidence_chain_of_rule on evidence_chain (site, rule_id, seq)
    where reason in ('changed', 'daily', 'packed');
create index evidence_chain_by_time on evidence_chain (site, recorded_at);

-- Whether an earlier trail was joined is asked with each new entry, and with the head.
create index evidence_chain_joined on evidence_chain (site) where reason = 'joined';

-- The canonical JSON of an event has its breach once, before all that people wrote; a body that
-- was damaged has none, where a cast to JSON would refuse the row.
create function event_breach(body text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog as $$
    select substring(body from '"breach_id":"([^"\\]*)"')
$$;
comment on function event_breach(text) is
    'The breach that an entry of evidence_chain with the reason breach is about.';
create index evidence_chain_of_breach on evidence_chain (site, event_breach(body), seq)
    where reason = 'breach';

create index import_log_of_site on import_log (site, id);
create index kpi_result_by_revision on kpi_result (site, computed_at);
