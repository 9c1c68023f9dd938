-- name: forget
delete from demo_handover;

-- name: offer
insert into demo_handover (secret_sha256) values ($1);

-- name: take
delete from demo_handover
where secret_sha256 = $1 and made_at > now() - interval '1 minute'
returning secret_sha256;
