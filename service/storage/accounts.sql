-- name: add
insert into account (login, display_name, email, password_hash, password_changed_at,
    must_change_password, created_at, created_by, oidc_issuer, oidc_subject)
values ($1, $2, $3, $4, case when $4::text is null then null else $6::timestamptz end, $5, $6, $7,
    $8, $9)
on conflict do nothing
returning account_id;

-- name: fetch_all
select account_id, login, display_name, email, password_hash, must_change_password,
    oidc_issuer, oidc_subject, created_at, created_by, disabled_at
from account
order by login;

-- name: by_login
select account_id, login, display_name, email, password_hash, must_change_password,
    oidc_issuer, oidc_subject, created_at, created_by, disabled_at
from account
where login = $1;

-- name: lock
select account_id, login, display_name, email, password_hash, must_change_password,
    oidc_issuer, oidc_subject, created_at, created_by, disabled_at
from account
where login = $1
for update;

-- name: lock_identified
select account_id, login, display_name, email, password_hash, must_change_password,
    oidc_issuer, oidc_subject, created_at, created_by, disabled_at
from account
where oidc_issuer = $1 and oidc_subject = $2
for update;

-- name: set_password
update account
set password_hash = $2, password_changed_at = $4, must_change_password = $3
where account_id = $1;

-- name: set_rehashed
update account set password_hash = $3 where account_id = $1 and password_hash = $2;

-- name: disable
update account set disabled_at = $2 where account_id = $1 and disabled_at is null;

-- name: erase
delete from account where account_id = $1;

-- name: everything_of
-- All that bears somebody's name, but secrets and their hashes.
select jsonb_build_object(
    'account', to_jsonb(a) - 'password_hash',
    'roles', (select jsonb_agg(to_jsonb(g) order by g.grant_id)
        from account_grant as g where g.account_id = a.account_id),
    'sessions', (select jsonb_agg(to_jsonb(s) - 'token_sha256' - 'oidc_id_token'
            order by s.created_at)
        from account_session as s where s.account_id = a.account_id),
    'tokens', (select jsonb_agg(to_jsonb(t) - 'token_sha256' order by t.token_id)
        from api_token as t where t.account_id = a.account_id),
    'audit', (select jsonb_agg(to_jsonb(l) order by l.seq)
        from audit_log as l where l.account_id = a.account_id),
    'taken_in_charge', (select jsonb_agg(to_jsonb(c) order by c.id)
        from taken_in_charge as c where c.account = a.login or c.ended_by = a.login),
    'breach_events', (select jsonb_agg(e.body::jsonb order by e.site, e.seq)
        from evidence_chain as e
        where e.reason = 'breach'
            and right(e.body::jsonb ->> 'who', length(a.login) + 3) = ' (' || a.login || ')')
)
from account as a
where a.login = $1;

-- name: enable
update account set disabled_at = null where account_id = $1 and disabled_at is not null
returning account_id;

-- name: grants
select grant_id, account_id, role, site, taker, given_by, given_at
from account_grant
where revoked_at is null and ($1::uuid is null or account_id = $1)
order by grant_id;

-- name: give
insert into account_grant (account_id, role, site, taker, given_by, given_at)
values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
returning grant_id;

-- name: revoke
update account_grant set revoked_by = $3, revoked_at = $4
where account_id = $1 and grant_id = $2 and revoked_at is null
returning grant_id, account_id, role, site, taker, given_by, given_at;

-- name: lock_administrators
select pg_advisory_xact_lock(hashtext('boucle administrators'));

-- name: administrators
select count(distinct account_id)
from account_grant join account using (account_id)
where role = 'administrator' and site is null and revoked_at is null and disabled_at is null;
