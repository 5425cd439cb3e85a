-- Views lose columns only by being made anew; their comments go with them.
do $$
declare
    name text;
    columns text;
begin
    foreach name in array array['municipality_version', 'part_of_municipality_version',
                                'postal_info_version', 'street_name_version', 'address_version',
                                'release'] loop
        select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into columns
        from pg_attribute a
        where a.attrelid = format('best.%I', name)::regclass and a.attnum > 0
          and a.attname not in ('record_hash', 'removed_at', 'root', 'undoes');
        execute format('drop view best.%I', name);
        execute format('create view best.%I as select %s from registry.%I', name, columns, name);
        if exists (select from pg_roles where rolname = 'best_importer') then
            execute format('grant select on best.%I to best_importer', name);
        end if;
        if exists (select from pg_roles where rolname = 'best_reader') then
            execute format('grant select on best.%I to best_reader', name);
        end if;
    end loop;
end $$;
