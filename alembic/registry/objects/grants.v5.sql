-- What grants.v1 to v3 lack, where these tables are there already.
do $$
begin
    if to_regclass('registry.finding_mark') is null then
        return;
    end if;
    if exists (select from pg_roles where rolname = 'best_importer') then
        grant select, insert on registry.finding_mark, registry.quality_score,
            registry.municipality_outline to best_importer;
        -- A region that is inspected again at the same number has other scores.
        grant update (objects, affected, errors, warnings, remarks, exceptions, score)
            on registry.quality_score to best_importer;
        grant update (withdrawn_at) on registry.finding_mark to best_importer;
        grant update (replaced_at) on registry.municipality_outline to best_importer;
        grant select on best.finding_mark, best.quality_score, best.municipality_outline
            to best_importer;
    end if;
    if exists (select from pg_roles where rolname = 'best_reader') then
        grant select on best.finding_mark, best.quality_score, best.municipality_outline
            to best_reader;
    end if;
end $$;
