-- What happened at a site: devices, collector, database, meters, verdicts, breaches.

create table journal (
    seq bigint generated always as identity primary key,
    site text not null,
    at timestamptz not null,
    noted_at timestamptz not null default now(),
    kind text not null,
    matter text not null,
    subject text not null,
    before text,
    after text not null,
    why jsonb not null,
    unique (site, at, kind, subject, after)
);
create index journal_of_site on journal (site, seq desc);

comment on table journal is 'What happened at a site, as the evaluation saw it.';
comment on column journal.seq is 'Number; what was noted later has a higher one.';
comment on column journal.site is 'Identifier of the data centre.';
comment on column journal.at is 'When it happened, UTC.';
comment on column journal.noted_at is 'When it was written down, UTC.';
comment on column journal.kind is 'What became otherwise: device, collector, database, verdict, …';
comment on column journal.matter is 'Matter of the disclosure that it belongs to.';
comment on column journal.subject is 'Device, meter or rule it happened to; empty for the site.';
comment on column journal.before is 'How it was; null: it is new.';
comment on column journal.after is 'How it is since.';
comment on column journal.why is 'What more is known, such as the trouble of a device.';

create view boucle_views.journal with (security_barrier) as
select
    j.site, j.seq, j.at, j.kind, j.subject, j.before, j.after,
    case when j.kind <> 'charge' or (select boucle_views.clearance()) > 0 then j.why end as why
from journal as j
left join site_disclosure as own
    on own.site = j.site and own.matter = j.matter and own.subject = j.subject
left join site_disclosure as other
    on other.site = j.site and other.matter = j.matter and other.subject = ''
where coalesce(own.level, other.level, 2) <= (select boucle_views.clearance());
comment on view boucle_views.journal is 'What happened at a site, as the evaluation saw it.';
comment on column boucle_views.journal.site is 'Identifier of the data centre.';
comment on column boucle_views.journal.seq is 'Number; what was noted later has a higher one.';
comment on column boucle_views.journal.at is 'When it happened, UTC.';
comment on column boucle_views.journal.kind is
    'What became otherwise: device, collector, database, meter, verdict, breach, …';
comment on column boucle_views.journal.subject is
    'Device, meter or rule it happened to; empty for the site.';
comment on column boucle_views.journal.before is 'How it was; null: it is new.';
comment on column boucle_views.journal.after is 'How it is since.';
comment on column boucle_views.journal.why is
    'What more is known; of who answers for what, null to the public.';
