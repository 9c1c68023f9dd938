-- name: open
insert into account_session
    (token_sha256, account_id, created_at, last_seen_at, idle_ends_at, ends_at)
values ($1, $2, $3, $3, $4, $5);

-- name: fetch
-- A session with what is granted to whose it is: asked with each request, and so one statement.
select account_id, login, display_name, password_hash is not null as has_password,
    must_change_password, session.created_at, last_seen_at, idle_ends_at, ends_at,
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object('role', role, 'site', site, 'taker', taker)
                    order by grant_id
                ),
                '[]'
            )
        from account_grant as given
        where given.account_id = account.account_id and given.revoked_at is null
    ) as grants
from account_session as session join account using (account_id)
where token_sha256 = $1 and disabled_at is null;

-- name: touch
update account_session set last_seen_at = $2, idle_ends_at = least($3, ends_at)
where token_sha256 = $1;

-- name: close
delete from account_session where token_sha256 = $1 returning oidc_id_token;

-- name: close_all
delete from account_session
where account_id = $1 and ($2::bytea is null or token_sha256 <> $2)
returning account_id;

-- name: sweep
delete from account_session where least(idle_ends_at, ends_at) <= $1;

-- name: add_token
insert into api_token (token_sha256, account_id, name, actions, sites, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
returning token_id;

-- name: known_token
-- The same of a token.
select token_id, account_id, login, display_name, must_change_password, name, actions, sites,
    api_token.created_at, expires_at, last_used_at, revoked_at,
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object('role', role, 'site', site, 'taker', taker)
                    order by grant_id
                ),
                '[]'
            )
        from account_grant as given
        where given.account_id = account.account_id and given.revoked_at is null
    ) as grants
from api_token join account using (account_id)
where token_sha256 = $1 and disabled_at is null;

-- name: tokens_of
select token_id, account_id, login, display_name, must_change_password, name, actions, sites,
    api_token.created_at, expires_at, last_used_at, revoked_at
from api_token join account using (account_id)
where account_id = $1
order by token_id;

-- name: use_token
update api_token set last_used_at = $2 where token_id = $1;

-- name: revoke_token
update api_token set revoked_at = $3
where account_id = $1 and token_id = $2 and revoked_at is null
returning name;

-- name: revoke_tokens
update api_token set revoked_at = $2 where account_id = $1 and revoked_at is null;
