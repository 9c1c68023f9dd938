-- Reads the readings through once, where 0012 set a bound; writers and readers work on.

do $$
begin
    if exists (
        select from pg_constraint
        where conname = 'reading_until' and conrelid = 'public.reading'::regclass
    ) then
        alter table public.reading validate constraint reading_until;
    end if;
end
$$;
