-- Sessions that an OpenID Connect provider vouches for, and what of it was used already.

alter table account
    add constraint account_vouched_has_no_password
    check (oidc_subject is null or password_hash is null);

alter table account_session
    add column oidc_sid text,
    add column oidc_id_token text;
create index account_session_of_sid on account_session (oidc_sid) where oidc_sid is not null;
comment on column account_session.oidc_sid is
    'What the provider calls this sign-in; null without a provider, or when it does not say.';
comment on column account_session.oidc_id_token is
    'Token of the sign-in, shown to the provider again at the sign-out; null without a provider.';

create table oidc_used (
    used_sha256 bytea primary key check (octet_length(used_sha256) = 32),
    ends_at timestamptz not null
);
create index oidc_used_by_end on oidc_used (ends_at);
comment on table oidc_used is 'Answers and messages of a provider that count only once.';
comment on column oidc_used.used_sha256 is 'SHA-256 of what it was.';
comment on column oidc_used.ends_at is 'From when on it would be refused in any case, UTC.';
