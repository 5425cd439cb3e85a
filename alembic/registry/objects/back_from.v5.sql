-- Views lose columns only by being made anew; their comments go with them.
do $$
declare
    columns text;
begin
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into columns
    from pg_attribute a
    where a.attrelid = 'best.finding'::regclass and a.attnum > 0
      and a.attname <> 'municipality_id';
    drop view best.finding;
    execute format('create view best.finding as select %s from registry.finding', columns);
    if exists (select from pg_roles where rolname = 'best_importer') then
        grant select on best.finding to best_importer;
    end if;
    if exists (select from pg_roles where rolname = 'best_reader') then
        grant select on best.finding to best_reader;
    end if;
end $$;
drop index registry.ix_finding_municipality, registry.ix_finding_rule;
alter table registry.finding drop column municipality_id;
