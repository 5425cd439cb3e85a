-- A region's first load fills a table of its own, then indexes and attaches it: indexes are
-- built over sorted rows that are there, not row by row.
-- The importer owns nothing, so these run as the owner of the tables.

create function registry.start_first_load(region text, release_number integer) returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
declare
    parent text;
    load text;
begin
    foreach parent in array array['address', 'address_version'] loop
        load := format('%s_%s_r%s', parent, region, release_number);
        execute format('create table registry.%I (like registry.%I including defaults including '
                       'comments, constraint ck_%s check (region = %L))', load, parent, load, region);
        if exists (select from pg_roles where rolname = 'best_importer') then
            execute format('grant select, insert on registry.%I to best_importer', load);
        end if;
    end loop;
end $$;

create function registry.finish_first_load(region text, release_number integer) returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
declare
    parent text;
    load text;
    definition text;
begin
    foreach parent in array array['address', 'address_version'] loop
        load := format('%s_%s_r%s', parent, region, release_number);
        for definition in
            select replace(replace(pg_get_indexdef(i.indexrelid),
                                   ' ' || c.relname || ' ON ',
                                   ' ' || replace(c.relname, parent, load) || ' ON '),
                           format(' ON ONLY registry.%s ', parent),
                           format(' ON registry.%s ', load))
            from pg_index i join pg_class c on c.oid = i.indexrelid
            where i.indrelid = format('registry.%I', parent)::regclass
            order by c.relname
        loop
            execute definition;
        end loop;
        execute format('analyze registry.%I', load);
    end loop;
end $$;

-- ATTACH alone blocks no reader, but a commit is visible a moment before other sessions hear of
-- a new partition: a reader could see the release without its rows. The lock closes that gap.
create function registry.attach_first_load(region text, release_number integer) returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
declare
    parent text;
begin
    lock table registry.address, registry.address_version in access exclusive mode;
    foreach parent in array array['address', 'address_version'] loop
        execute format('alter table registry.%I attach partition registry.%I for values in (%L)',
                       parent, format('%s_%s_r%s', parent, region, release_number), region);
    end loop;
end $$;

-- A sample is no register content: the first real import takes it away whole.
create function registry.withdraw_sample() returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
declare
    kind text;
begin
    foreach kind in array array['municipality', 'part_of_municipality', 'postal_info',
                                'street_name'] loop
        execute format('delete from registry.%I', kind);
        execute format('delete from registry.%I', kind || '_version');
    end loop;
    delete from registry.finding;
    delete from registry.total;
    update registry.release set withdrawn_at = clock_timestamp()
    where dataset = 'sample' and withdrawn_at is null;
end $$;

-- Takes the lock that readers of addresses wait for, so it comes last and does nothing else.
create function registry.drop_sample_addresses() returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
declare
    load text;
begin
    for load in
        select format('%s_%s_r%s', parent, r.region, r.number)
        from registry.release r, unnest(array['address', 'address_version']) parent
        where r.dataset = 'sample'
    loop
        execute format('drop table if exists registry.%I', load);
    end loop;
end $$;

-- Within a publication, before rows just written are compared with each other: without
-- statistics the planner takes them for a handful and joins them row by row.
create function registry.analyze_names() returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
begin
    analyze registry.municipality_version;
    analyze registry.part_of_municipality_version;
    analyze registry.postal_info_version;
    analyze registry.street_name_version;
end $$;

create function registry.analyze_register() returns void
language plpgsql security definer set search_path = registry, public, pg_temp as $$
begin
    analyze registry.municipality_version;
    analyze registry.part_of_municipality_version;
    analyze registry.postal_info_version;
    analyze registry.street_name_version;
    analyze registry.address_version;
    analyze registry.total;
end $$;
