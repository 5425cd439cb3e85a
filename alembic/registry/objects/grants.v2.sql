-- What grants.v1 lacks, and what it gives too much of where these tables are there already. A
-- backup of before them is restored with these grants too, and then migrated.
do $$
begin
    if to_regclass('registry.pruning') is not null
       and exists (select from pg_roles where rolname = 'best_importer') then
        grant update (record_hash) on registry.municipality_version,
            registry.part_of_municipality_version, registry.postal_info_version,
            registry.street_name_version, registry.address_version
            to best_importer;
        revoke insert on registry.pruning from best_importer;
    end if;
end $$;
