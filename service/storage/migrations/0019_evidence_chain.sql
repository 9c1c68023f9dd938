-- One chain of hashes for verdicts and for what happens to breaches. The chain of verdicts goes on
-- under another name; the trail of breaches is closed, and the next entry of each site holds the
-- hash of its last event (reason 'joined').

alter table verdict_chain rename to evidence_chain;
alter index verdict_chain_pkey rename to evidence_chain_pkey;
alter table evidence_chain drop constraint verdict_chain_reason_check;
alter table evidence_chain add constraint evidence_chain_reason_check
    check (reason in ('changed', 'daily', 'packed', 'breach', 'joined'));
create index evidence_chain_of_breaches on evidence_chain (site, seq)
    where reason in ('breach', 'joined');
comment on table evidence_chain is
    'Verdicts as they were reached and what happened to breaches, only ever added to. Each entry holds the hash of the one before.';
comment on column evidence_chain.rule_id is
    'Rule of the charter that the entry is on; empty for what is on none.';
comment on column evidence_chain.reason is
    'changed (the verdict is another one), daily (once a legal day), packed (an evidence pack holds it), breach (something happened to a breach) or joined (the trail of breaches before this chain).';
comment on column evidence_chain.body is
    'The verdict with its figures, the event, or the heads that are joined, canonical JSON (RFC 8785).';

drop trigger verdict_chain_only_added on evidence_chain;
drop trigger verdict_chain_not_emptied on evidence_chain;
drop function verdict_chain_refuse();
create function evidence_chain_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'table evidence_chain is only ever added to: % is refused', tg_op;
end
$$;
create trigger evidence_chain_only_added before update or delete on evidence_chain
for each row execute function evidence_chain_refuse();
create trigger evidence_chain_not_emptied before truncate on evidence_chain
for each statement execute function evidence_chain_refuse();

create trigger breach_event_is_closed
    before insert on breach_event
    for each statement execute function refuse_change();
comment on table breach_event is
    'Audit trail of the breaches before it became part of evidence_chain. Closed.';
