do $$
begin
    if exists (select from pg_roles where rolname = 'best_importer') then
        grant update (record_hash) on registry.municipality_version,
            registry.part_of_municipality_version, registry.postal_info_version,
            registry.street_name_version, registry.address_version
            to best_importer;
        revoke insert on registry.pruning from best_importer;
    end if;
end $$;
