-- Rotation: the rows of a sector go to a newer key generation in one transaction. Readers see all
-- of them before or all of them after, for protection and households are compared between rows;
-- who writes waits, and is refused when what he writes was keyed before. Files and moves of links
-- lock the sector's row, as a rotation does, before they look at its generation: a trigger on a
-- million rows would cost them a third of their time.

create function links.check_generation() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (
        select from (select distinct written.sector, written.kid from written) pair
        join links.sector on sector.code = pair.sector
        where pair.kid <> sector.active_kids[1]
    ) then
        raise exception using errcode = 'LK080', message = 'generation_over';
    end if;
    return null;
end $$;
comment on function links.check_generation() is 'rows that were keyed before a rotation stay out';

create trigger check_generation after insert on links.dossier
    referencing new table as written for each statement execute function links.check_generation();
create trigger check_generation after insert on links.protection
    referencing new table as written for each statement execute function links.check_generation();
create trigger check_generation after insert on links.canary
    referencing new table as written for each statement execute function links.check_generation();

create function links.list_generation(asked_sector text, since smallint)
    returns table (
        part text, place text, addr_ref bytea, subj_ref bytea, household_ref bytea,
        addr_sealed bytea
    )
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select 'link', link.ctid::text, link.addr_ref, link.subj_ref, link.household_ref,
        link.addr_sealed
    from links.link where link.sector = asked_sector and link.kid = since
    union all
    select 'dossier', dossier.ctid::text, null, dossier.subj_ref, null, null
    from links.dossier where dossier.sector = asked_sector and dossier.kid = since
    union all
    select 'protection', protection.ctid::text, null, protection.subj_ref, null, null
    from links.protection where protection.sector = asked_sector and protection.kid = since
    union all
    select 'canary', canary.ctid::text,
        case when not canary.is_subject then canary.ref end,
        case when canary.is_subject then canary.ref end, null, null
    from links.canary where canary.sector = asked_sector and canary.kid = since
$$;
comment on function links.list_generation(text, smallint) is
    'rows of a sector that are of one key generation, with their place in their table';

create function links.open_generation(asked_sector text, since smallint) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    partition text := 'link_' || lower(asked_sector);
    generation refcursor := 'generation';
begin
    perform from links.sector where code = asked_sector for no key update;
    if not found then
        raise exception using errcode = 'LK081', message = 'sector_unknown';
    end if;
    lock table links.dossier, links.protection, links.canary in share row exclusive mode;
    if to_regclass(format('links.%I', partition)) is not null then
        execute format('lock table links.%I in share row exclusive mode', partition);
    end if;
    open generation for select * from links.list_generation(asked_sector, since);
end $$;
comment on function links.open_generation(text, smallint) is
    'keeps writers of a sector out and opens the cursor generation over its rows';

-- Places are those of the cursor: nobody else has written since.
create function links.write_generation(
    asked_sector text, since smallint, until smallint, parts text[], places text[],
    addr_refs bytea[], subj_refs bytea[], household_refs bytea[], sealed bytea[]
) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    written bigint;
begin
    with moved as (
        select * from unnest(
            parts, places::tid[], addr_refs, subj_refs, household_refs, sealed
        ) as row (part, place, addr_ref, subj_ref, household_ref, addr_sealed)
    ), link as (
        update links.link set kid = until, addr_ref = moved.addr_ref, subj_ref = moved.subj_ref,
            household_ref = moved.household_ref, addr_sealed = moved.addr_sealed
        from moved where moved.part = 'link' and link.ctid = moved.place
            and link.sector = asked_sector and link.kid = since
        returning 1
    ), dossier as (
        update links.dossier set kid = until, subj_ref = moved.subj_ref
        from moved where moved.part = 'dossier' and dossier.ctid = moved.place
            and dossier.sector = asked_sector and dossier.kid = since
        returning 1
    ), protection as (
        update links.protection set kid = until, subj_ref = moved.subj_ref
        from moved where moved.part = 'protection' and protection.ctid = moved.place
            and protection.sector = asked_sector and protection.kid = since
        returning 1
    ), canary as (
        update links.canary set kid = until,
            ref = case when canary.is_subject then moved.subj_ref else moved.addr_ref end
        from moved where moved.part = 'canary' and canary.ctid = moved.place
            and canary.sector = asked_sector and canary.kid = since
        returning 1
    )
    select count(*) into written from (
        select from link union all select from dossier
        union all select from protection union all select from canary
    ) rows;
    if written <> cardinality(parts) then
        raise exception using errcode = 'LK082', message = 'rotation_incomplete';
    end if;
    return written;
end $$;
comment on function links.write_generation(
    text, smallint, smallint, text[], text[], bytea[], bytea[], bytea[], bytea[]
) is 'writes rows of the cursor generation back, re-keyed';

create function links.finish_generation(asked_sector text, since smallint, until smallint)
    returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Rows of any other generation would be found by nobody, and nobody would be told.
    if exists (
        select from links.list_generation(asked_sector, since)
        union all select from links.link where sector = asked_sector and kid <> until
        union all select from links.dossier where sector = asked_sector and kid <> until
        union all select from links.protection where sector = asked_sector and kid <> until
        union all select from links.canary where sector = asked_sector and kid <> until
    ) then
        raise exception using errcode = 'LK082', message = 'rotation_incomplete';
    end if;
    update links.sector set active_kids = array[until] where code = asked_sector;
end $$;
comment on function links.finish_generation(text, smallint, smallint) is
    'makes a generation the sector''s only one, when no row is of the one before';

grant execute on function
    links.open_generation(text, smallint),
    links.write_generation(
        text, smallint, smallint, text[], text[], bytea[], bytea[], bytea[], bytea[]
    ),
    links.finish_generation(text, smallint, smallint)
    to links_ingest;
