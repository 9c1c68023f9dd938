-- Breaches of the charter, and their audit trail. The trail only grows: no row of it is changed
-- or removed, and each carries the hash of the one before it.

create table breach (
    site text not null,
    breach_id text not null,
    rule_id text not null,
    state text not null check (
        state in ('pending', 'open', 'acknowledged', 'justified', 'resolved', 'reopened')
    ),
    began_at timestamptz not null,
    body jsonb not null,
    primary key (site, breach_id)
);
create index breach_of_rule on breach (site, rule_id, began_at desc);
comment on table breach is 'Breaches of the charter, one row per breach, as they stand now.';
comment on column breach.site is 'Identifier of the data centre.';
comment on column breach.breach_id is 'Name of the breach within its site: rule and beginning.';
comment on column breach.rule_id is 'Rule of the charter.';
comment on column breach.state is
    'pending, open, acknowledged, justified, resolved or reopened.';
comment on column breach.began_at is 'When the verdict became a breach, UTC.';
comment on column breach.body is 'Everything known of the breach, as JSON.';

create table breach_event (
    site text not null,
    seq bigint not null,
    breach_id text not null,
    kind text not null,
    at timestamptz not null,
    who text not null,
    why text not null,
    state_before text,
    state_after text not null,
    details jsonb not null,
    prev_sha256 text not null,
    sha256 text not null,
    primary key (site, seq)
);
create index breach_event_of_breach on breach_event (site, breach_id, seq);
comment on table breach_event is 'Audit trail of the breaches: who did what, when and why. Append-only.';
comment on column breach_event.site is 'Identifier of the data centre.';
comment on column breach_event.seq is 'Number of the event within its site, from 1, without gaps.';
comment on column breach_event.breach_id is 'The breach: breach.breach_id.';
comment on column breach_event.kind is 'began, opened, acknowledged, justified, resolved, …';
comment on column breach_event.at is 'When it happened, UTC.';
comment on column breach_event.who is 'Who did it; boucle for what follows from data.';
comment on column breach_event.why is 'Why: the verdict, or the words of whoever did it.';
comment on column breach_event.state_before is 'State before; null when the breach began.';
comment on column breach_event.state_after is 'State after.';
comment on column breach_event.details is 'Figures, legal ground, plan, deadline, as text.';
comment on column breach_event.prev_sha256 is 'sha256 of the event before; zeros for the first.';
comment on column breach_event.sha256 is
    'SHA-256 of this event and prev_sha256 in canonical JSON (RFC 8785), hexadecimal.';

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed or removed', tg_table_name
        using errcode = 'integrity_constraint_violation';
end;
$$;
comment on function refuse_change() is 'Keeps a table append-only.';

create trigger breach_event_is_append_only
    before update or delete or truncate on breach_event
    for each statement execute function refuse_change();
