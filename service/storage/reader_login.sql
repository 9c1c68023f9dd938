-- A login of its own for each program or person: settings of a role are not those of its members.
-- Give it its password by \password NAME
do $$
begin
    if to_regrole('NAME') is null then
        create role NAME login;
    end if;
end
$$;
alter role NAME connection limit 10;
alter role NAME set default_transaction_read_only = on;
alter role NAME set statement_timeout = '30s';
alter role NAME set idle_in_transaction_session_timeout = '60s';
alter role NAME set search_path = boucle_views;
do $$
declare
    other text;
begin
    foreach other in array array[
        'boucle_reader_public', 'boucle_reader_authority', 'boucle_reader_operator'
    ] loop
        if other <> 'READER' and pg_has_role('NAME', other, 'member') then
            execute format('revoke %I from NAME', other);
        end if;
    end loop;
end
$$;
grant READER to NAME;
