-- What grants.v1 and v2 lack, where these tables are there already.
do $$
begin
    if to_regclass('registry.succession') is null then
        return;
    end if;
    if exists (select from pg_roles where rolname = 'best_importer') then
        grant select, insert on registry.proof, registry.proof_street, registry.succession
            to best_importer;
        grant delete on registry.proof_street to best_importer;
        grant update (seq_to) on registry.succession to best_importer;
        grant update (removed_at) on registry.municipality_version,
            registry.part_of_municipality_version, registry.postal_info_version,
            registry.street_name_version, registry.address_version
            to best_importer;
        grant select on best.proof, best.succession to best_importer;
    end if;
    if exists (select from pg_roles where rolname = 'best_reader') then
        grant select on best.proof, best.succession to best_reader;
    end if;
end $$;
