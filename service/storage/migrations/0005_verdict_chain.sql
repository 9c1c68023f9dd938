-- Every verdict that was reached, in a chain of hashes: what is removed or altered shows.

create table verdict_chain (
    site text not null,
    seq bigint not null check (seq > 0),
    recorded_at timestamptz not null,
    rule_id text not null,
    reason text not null check (reason in ('changed', 'daily', 'packed')),
    body text not null,
    prev_sha256 text not null,
    public_key text not null,
    sha256 text not null,
    signature text not null,
    primary key (site, seq)
);
comment on table verdict_chain is
    'Verdicts as they were reached, only ever added to. Each entry holds the hash of the one before.';
comment on column verdict_chain.site is 'Identifier of the data centre.';
comment on column verdict_chain.seq is 'Number of the entry within its site, from 1 without a gap.';
comment on column verdict_chain.recorded_at is 'When the entry was written, UTC, clock of the writer.';
comment on column verdict_chain.rule_id is 'Rule of the charter that the verdict is on.';
comment on column verdict_chain.reason is
    'changed (the verdict is another one), daily (once a legal day) or packed (an evidence pack holds it).';
comment on column verdict_chain.body is 'The verdict with its figures, canonical JSON (RFC 8785).';
comment on column verdict_chain.prev_sha256 is
    'sha256 of the entry before; 64 zeros in the first entry.';
comment on column verdict_chain.public_key is 'Ed25519 key that signed, hexadecimal.';
comment on column verdict_chain.sha256 is
    'SHA-256 of the canonical JSON of all of the above, hexadecimal.';
comment on column verdict_chain.signature is
    'Ed25519 signature of the same bytes, hexadecimal.';

-- No hindrance to the owner of the database, who can drop it: the hashes are for that. It stops
-- a program or a person that means no harm.
create function verdict_chain_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'table verdict_chain is only ever added to: % is refused', tg_op;
end
$$;
create trigger verdict_chain_only_added before update or delete on verdict_chain
for each row execute function verdict_chain_refuse();
create trigger verdict_chain_not_emptied before truncate on verdict_chain
for each statement execute function verdict_chain_refuse();
