-- The roles that read the views of boucle_views, one per clearance, and what they may read: nothing
-- else. Whoever reads is made a member of one of them (boucle sql-roles --login NAME). It may be run
-- again and again.
do $$
declare
    reader text;
    wanted record;
begin
    if to_regnamespace('boucle_views') is null then
        return;
    end if;
    foreach reader in array array[
        'boucle_reader_public', 'boucle_reader_authority', 'boucle_reader_operator'
    ] loop
        if to_regrole(reader) is null then
            begin
                execute format('create role %I nologin', reader);
            exception
                -- Another database of this server was as quick.
                when duplicate_object or unique_violation then null;
            end;
        end if;
        if not has_schema_privilege(reader, 'boucle_views', 'usage') then
            execute format('grant usage on schema boucle_views to %I', reader);
        end if;
        for wanted in
            select oid from pg_class
            where relnamespace = 'boucle_views'::regnamespace and relkind = 'v'
                and not has_table_privilege(reader, oid, 'select')
        loop
            execute format('grant select on %s to %I', wanted.oid::regclass, reader);
        end loop;
    end loop;
end
$$;
