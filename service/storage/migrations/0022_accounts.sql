-- Local accounts: who may sign in, what each may see, sessions, tokens of programs, and the audit log.
-- Of people only what is needed is kept: no address of a session, no browser, no history of pages.

create table account (
    account_id uuid primary key default gen_random_uuid(),
    login text not null unique check (login = lower(login) and char_length(login) between 2 and 64),
    display_name text not null check (char_length(display_name) between 1 and 120),
    email text,
    password_hash text,
    password_changed_at timestamptz,
    must_change_password boolean not null default false,
    oidc_issuer text,
    oidc_subject text,
    created_at timestamptz not null,
    created_by text not null,
    disabled_at timestamptz,
    unique (oidc_issuer, oidc_subject),
    check ((oidc_issuer is null) = (oidc_subject is null)),
    check (password_hash is null or password_changed_at is not null)
);
comment on table account is 'People and programs that may sign in.';
comment on column account.account_id is 'Identifier.';
comment on column account.login is 'Name to sign in with, in lower case.';
comment on column account.display_name is 'Name that others are shown.';
comment on column account.email is 'Mail address; null when none was given.';
comment on column account.password_hash is
    'argon2id with its parameters and salt; null when the account does not sign in with a password.';
comment on column account.password_changed_at is 'When the password was set last, UTC.';
comment on column account.must_change_password is
    'Somebody else knows the password: nothing is allowed until it is changed.';
comment on column account.oidc_issuer is 'OpenID Connect provider that vouches for the account.';
comment on column account.oidc_subject is 'What that provider calls the account.';
comment on column account.created_at is 'When it was made, UTC.';
comment on column account.created_by is 'Who made it.';
comment on column account.disabled_at is 'Since when it may not sign in, UTC; null while it may.';

create table account_grant (
    grant_id bigint generated always as identity primary key,
    account_id uuid not null references account on delete cascade,
    role text not null,
    site text,
    taker text,
    given_by text not null,
    given_at timestamptz not null,
    revoked_by text,
    revoked_at timestamptz,
    check ((revoked_by is null) = (revoked_at is null))
);
create unique index account_grant_stands
    on account_grant (account_id, role, coalesce(site, ''), coalesce(taker, ''))
    where revoked_at is null;
comment on table account_grant is 'Roles of accounts; a role that was revoked stays as a record.';
comment on column account_grant.grant_id is 'Number of the grant.';
comment on column account_grant.account_id is 'Whose role it is.';
comment on column account_grant.role is 'heat_taker, operator, planner, inspector or administrator.';
comment on column account_grant.site is 'Data centre it holds for; null for all.';
comment on column account_grant.taker is 'Heat taker whose delivery points are shown; null otherwise.';
comment on column account_grant.given_by is 'Who gave it.';
comment on column account_grant.given_at is 'When, UTC.';
comment on column account_grant.revoked_by is 'Who took it back; null while it stands.';
comment on column account_grant.revoked_at is 'When, UTC; null while it stands.';

create table account_session (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    account_id uuid not null references account on delete cascade,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    idle_ends_at timestamptz not null,
    ends_at timestamptz not null
);
create index account_session_of_account on account_session (account_id);
comment on table account_session is 'Sessions of browsers; one that ended is removed.';
comment on column account_session.token_sha256 is
    'SHA-256 of the 256 random bits in the cookie: nothing to guess, so that no slow hash is needed.';
comment on column account_session.account_id is 'Who is signed in.';
comment on column account_session.created_at is 'When it began, UTC.';
comment on column account_session.last_seen_at is 'When it was used last, UTC, to the minute.';
comment on column account_session.idle_ends_at is 'When it ends unless it is used, UTC.';
comment on column account_session.ends_at is 'When it ends in any case, UTC.';

create table api_token (
    token_id bigint generated always as identity primary key,
    token_sha256 bytea not null unique check (octet_length(token_sha256) = 32),
    account_id uuid not null references account on delete cascade,
    name text not null check (char_length(name) between 1 and 80),
    actions text[] not null,
    sites text[],
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    check (expires_at > created_at)
);
create index api_token_of_account on api_token (account_id);
comment on table api_token is 'Tokens of programs; each may do a part of what its account may.';
comment on column api_token.token_id is 'Number of the token.';
comment on column api_token.token_sha256 is 'SHA-256 of the token, which holds 256 random bits.';
comment on column api_token.account_id is 'On whose behalf it acts.';
comment on column api_token.name is 'What it is for, in the words of whoever made it.';
comment on column api_token.actions is 'What it may do beyond reading, such as import.';
comment on column api_token.sites is 'Data centres it may do it for; null for all of the account.';
comment on column api_token.created_at is 'When it was made, UTC.';
comment on column api_token.expires_at is 'When it ends, UTC.';
comment on column api_token.last_used_at is 'When it was used last, UTC, to the minute; null: never.';
comment on column api_token.revoked_at is 'When it was revoked, UTC; null while it was not.';

create table sign_in_throttle (
    subject_sha256 bytea primary key check (octet_length(subject_sha256) = 32),
    failures integer not null default 0 check (failures >= 0),
    last_failed_at timestamptz,
    succeeded_at timestamptz
);
comment on table sign_in_throttle is
    'Failed passwords, counted for a short time: they delay the next try.';
comment on column sign_in_throttle.subject_sha256 is
    'Hash of an address, of a login name, or of both.';
comment on column sign_in_throttle.failures is 'Failures that count now.';
comment on column sign_in_throttle.last_failed_at is 'When the last of them was, UTC; null: none.';
comment on column sign_in_throttle.succeeded_at is
    'When this login name signed in from this address, UTC; null: never.';

create table audit_log (
    seq bigint generated always as identity primary key,
    at timestamptz not null,
    who text not null,
    account_id uuid,
    action text not null,
    object text not null,
    site text,
    details jsonb not null,
    address text
);
create index audit_log_by_time on audit_log using brin (at);
comment on table audit_log is
    'Changes by people and programs, and downloads of confidential data. Append-only.';
comment on column audit_log.seq is 'Number of the entry; a number is missing where a change failed.';
comment on column audit_log.at is 'When, UTC.';
comment on column audit_log.who is 'Login name, or the user of the machine at the command line.';
comment on column audit_log.account_id is 'Account, null at the command line and for unknown names.';
comment on column audit_log.action is 'What was done, such as account_created.';
comment on column audit_log.object is 'To what it was done.';
comment on column audit_log.site is 'Data centre; null when it concerns none.';
comment on column audit_log.details is 'More, as JSON; no password, no token.';
comment on column audit_log.address is 'Where the request came from, as far as the setting keeps it.';

-- Old entries may go, as the law on personal data asks; no setting reaches the newest half year.
create function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.at < now() - interval '180 days' then
        return old;
    end if;
    raise exception 'rows of % are never changed, nor removed within 180 days', tg_table_name
        using errcode = 'integrity_constraint_violation';
end;
$$;
comment on function refuse_change_of_audit() is 'Keeps the audit log append-only.';

create trigger audit_log_is_append_only
    before update or delete on audit_log
    for each row execute function refuse_change_of_audit();
create trigger audit_log_is_not_emptied
    before truncate on audit_log
    for each statement execute function refuse_change();

create table demo_handover (
    secret_sha256 bytea primary key check (octet_length(secret_sha256) = 32),
    made_at timestamptz not null default now()
);
comment on table demo_handover is
    'Written by boucle demo into its own database only: lets one start of its server offer roles to click.';
comment on column demo_handover.secret_sha256 is 'SHA-256 of what the demo tells that server.';
comment on column demo_handover.made_at is 'When, UTC, database clock.';
