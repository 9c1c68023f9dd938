-- Since when a breach is shown, and when it was noticed: until now both were the instant at which it
-- was recorded first. Its beginning stays as it was.

alter table breach add column noticed_at timestamptz;
update breach
set noticed_at = began_at, body = body || jsonb_build_object('noticed_at', body -> 'began_at');
alter table breach alter column noticed_at set not null;
drop index breach_of_rule;
create index breach_of_rule on breach (site, rule_id, noticed_at desc);
comment on column breach.breach_id is 'Name of the breach within its site: rule and notice.';
comment on column breach.began_at is 'Since when the breach is shown without interruption, UTC.';
comment on column breach.noticed_at is
    'When the breach was first noticed, UTC; deadlines run from then.';
