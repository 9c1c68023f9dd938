-- Who answers for a device or an alarm, since when: one at a time, and what was is kept.

create table taken_in_charge (
    id bigint generated always as identity primary key,
    site text not null,
    kind text not null check (kind in ('device', 'alarm')),
    subject text not null,
    account text not null,
    name text not null,
    note text not null,
    at timestamptz not null,
    ended_at timestamptz check (ended_at >= at),
    ended_by text check ((ended_by is null) = (ended_at is null))
);
create unique index taken_in_charge_now on taken_in_charge (site, kind, subject)
where ended_at is null;
create index taken_in_charge_of_site on taken_in_charge (site, id desc);

comment on table taken_in_charge is 'Who took a device or an alarm in charge, and until when.';
comment on column taken_in_charge.id is 'Number; a later one is higher.';
comment on column taken_in_charge.site is 'The site.';
comment on column taken_in_charge.kind is 'What was taken in charge: device or alarm.';
comment on column taken_in_charge.subject is 'Name of the device, or of the alarm.';
comment on column taken_in_charge.account is 'Account of whoever answers for it.';
comment on column taken_in_charge.name is 'Name of whoever answers for it, as it was then.';
comment on column taken_in_charge.note is 'What they noted.';
comment on column taken_in_charge.at is 'Since when, UTC.';
comment on column taken_in_charge.ended_at is 'Until when, UTC; null: still.';
comment on column taken_in_charge.ended_by is 'Account that ended it, or that took over.';
