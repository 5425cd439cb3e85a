-- Shows a region's first load where nothing will be committed. No lock on the parents, so no reader
-- waits: the moment that attach_first_load closes, between a commit and its news, does not come. The
-- sample's tables cannot give way without one: there the rows go in beside those they replace.
create function registry.rehearse_first_load(region text, release_number integer) returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
declare
    parent text;
    load text;
begin
    foreach parent in array array['address', 'address_version'] loop
        load := format('%s_%s_r%s', parent, region, release_number);
        if exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
                   where i.inhparent = format('registry.%I', parent)::regclass
                     and c.relname like format('%s\_%s\_r%%', parent, region)) then
            execute format('delete from registry.%I where region = %L', parent, region);
            execute format('insert into registry.%I select * from registry.%I', parent, load);
        else
            execute format('alter table registry.%I attach partition registry.%I for values in (%L)',
                           parent, load, region);
        end if;
    end loop;
end $$;

revoke all on function registry.rehearse_first_load from public;
