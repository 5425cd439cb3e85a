-- Grants are law. On a server where the roles could not be made there is nothing to grant to:
-- `best doctor` says so.
do $$
begin
    revoke all on all functions in schema registry from public;
    if exists (select from pg_roles where rolname = 'best_importer') then
        grant usage on schema registry, best to best_importer;
        grant select on all tables in schema registry to best_importer;
        grant select on all tables in schema best to best_importer;
        grant execute on all functions in schema registry to best_importer;
        grant insert on all tables in schema registry to best_importer;
        revoke insert on registry.alembic_version from best_importer;
        grant update (seq_to) on registry.municipality_version,
            registry.part_of_municipality_version, registry.postal_info_version,
            registry.street_name_version, registry.address_version, registry.finding
            to best_importer;
        grant update (position, longitude, latitude, datum_shift)
            on registry.address_version to best_importer;
        grant update (datum_shift, accuracy_metres) on registry.release to best_importer;
        grant update (release_number, seen) on registry.source to best_importer;
        grant delete on registry.total to best_importer;
    end if;
    if exists (select from pg_roles where rolname = 'best_reader') then
        grant usage on schema best to best_reader;
        grant select on all tables in schema best to best_reader;
    end if;
end $$;
