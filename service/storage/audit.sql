-- name: write
insert into audit_log (at, who, account_id, action, object, site, details, address)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: before
select seq, at, who, action, object, site, details, address
from audit_log
where seq < coalesce($1, 9223372036854775807)
order by seq desc
limit $2;

-- name: sweep
delete from audit_log where at < least($1, now() - interval '180 days');
