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
