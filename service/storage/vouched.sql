-- name: note
update account_session set oidc_sid = $2, oidc_id_token = $3 where token_sha256 = $1;

-- name: end_of_sid
delete from account_session as session using account
where session.account_id = account.account_id
    and oidc_issuer = $1
    -- a session of which the provider did not say the sid ends with any of that person
    and ((oidc_sid = $2 and ($3::text is null or oidc_subject = $3))
        or (oidc_sid is null and oidc_subject = $3))
returning account.account_id, login;

-- name: end_of_subject
delete from account_session as session using account
where session.account_id = account.account_id
    and oidc_issuer = $1 and oidc_subject = $2
returning account.account_id, login;

-- name: use
insert into oidc_used (used_sha256, ends_at) values ($1, $2)
on conflict do nothing
returning true;

-- name: sweep
delete from oidc_used where ends_at <= $1;
