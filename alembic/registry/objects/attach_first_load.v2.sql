-- The lock on the parents alone keeps readers out, as they lock the parent first; one on all
-- partitions would wait for an autovacuum of a region's millions of rows.
create or replace function registry.attach_first_load(region text, release_number integer)
returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
declare
    parent text;
begin
    lock table only registry.address, only registry.address_version in access exclusive mode;
    foreach parent in array array['address', 'address_version'] loop
        execute format('alter table registry.%I attach partition registry.%I for values in (%L)',
                       parent, format('%s_%s_r%s', parent, region, release_number), region);
    end loop;
end $$;
