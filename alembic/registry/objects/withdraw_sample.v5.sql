-- A sample is no register content: what was found in it goes with it.
create or replace function registry.withdraw_sample() returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
declare
    kind text;
begin
    if exists (select from registry.release where dataset = 'open' and withdrawn_at is null) then
        raise exception 'The register holds real data, which is never withdrawn.';
    end if;
    foreach kind in array array['municipality', 'part_of_municipality', 'postal_info',
                                'street_name'] loop
        execute format('delete from registry.%I', kind);
        execute format('delete from registry.%I', kind || '_version');
    end loop;
    delete from registry.finding;
    delete from registry.total;
    delete from registry.proof;
    delete from registry.proof_street;
    delete from registry.succession;
    delete from registry.finding_mark;
    delete from registry.quality_score;
    delete from registry.municipality_outline where origin = 'hull';
    update registry.release set withdrawn_at = clock_timestamp()
    where dataset = 'sample' and withdrawn_at is null;
end $$;
