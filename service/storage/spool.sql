-- name: create_entry
create table if not exists entry (
    id integer primary key autoincrement,
    created_us integer not null,
    rows integer not null,
    crc32 integer not null,
    payload blob not null
)

-- name: create_dead_letter
create table if not exists dead_letter (
    id integer primary key,
    created_us integer not null,
    refused_us integer not null,
    rows integer not null,
    crc32 integer not null,
    payload blob not null,
    reason text not null
)

-- name: create_tally
create table if not exists tally (name text primary key, count integer not null)

-- name: insert
insert into entry (created_us, rows, crc32, payload) values (?, ?, ?, ?)

-- name: sizes
select id, rows, length(payload) from entry order by id

-- name: oldest
select id, rows, crc32, payload from entry order by id limit ?

-- name: oldest_time
select created_us from (select created_us from entry order by id limit 1)
union all select null where not exists (select 1 from entry)

-- name: remove
delete from entry where id = ?

-- name: refuse
insert into dead_letter (id, created_us, refused_us, rows, crc32, payload, reason)
select id, created_us, ?, rows, crc32, payload, ? from entry where id = ?

-- name: dead_letter_sizes
select id, rows, length(payload) from dead_letter order by id

-- name: dead_letter_rows
select coalesce(sum(rows), 0) from dead_letter

-- name: remove_dead_letter
delete from dead_letter where id = ?

-- name: add_to_tally
insert into tally (name, count) values (?, ?)
on conflict (name) do update set count = count + excluded.count

-- name: tallies
select name, count from tally
