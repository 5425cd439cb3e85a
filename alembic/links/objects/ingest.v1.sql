-- Links in: a delivery is staged in a table of the session's own and applied in sets.
-- Of addresses only identifiers pass here, and never beside a subject.

create function links.begin_delivery() returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    drop table if exists pg_temp.staged;
    create temporary table staged (
        row integer not null,
        addr_ref bytea not null,
        subj_ref bytea not null,
        kid smallint not null,
        capacity text not null,
        addr_sealed bytea not null,
        household_ref bytea,
        valid daterange not null,
        verdict text not null
    ) on commit drop;
    grant insert on pg_temp.staged to links_ingest;
end $$;
comment on function links.begin_delivery() is
    'makes pg_temp.staged, into which a delivery is copied in the same transaction';

-- Who is told nothing though a link of his changed: the answer would not have shown it either.
create function links.is_withheld(of_sector text, subject bytea, receiver text) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from links.protection p
        where p.sector = of_sector and p.valid @> links.today()
            and (p.level = 2 or not exists (
                select from links.organisation o
                where o.number = receiver and o.category = 'public_authority'
            ))
            and (p.subj_ref = subject or (p.level = 2 and exists (
                select from links.link theirs
                join links.link own on own.sector = theirs.sector
                    and own.household_ref = theirs.household_ref
                where theirs.sector = of_sector and theirs.subj_ref = p.subj_ref
                    and upper_inf(theirs.recorded)
                    and own.subj_ref = subject and upper_inf(own.recorded)
            )))
    )
$$;

-- Once Only: "changed", and not what; once a day for each dossier, and only to who might ask for
-- that kind of link today. From pg_temp.touched.
create function links.give_notices(of_sector text) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    today date := links.today();
    day timestamptz := today::timestamp at time zone 'Europe/Brussels';
    given integer;
begin
    insert into links.notice (organisation, handle, at)
    select distinct d.organisation, d.handle, day
    from links.dossier d
    join links.organisation o on o.number = d.organisation and o.status = 'active'
        and o.category in ('public_authority', 'private_legal_mission')
    where d.sector = of_sector and d.subscribed and d.valid @> today
        and exists (
            select from pg_temp.touched t
            join links.deliberation r on t.kind = any (r.kinds)
            where t.subj_ref = d.subj_ref and r.organisation = d.organisation
                and r.sector = of_sector and r.state = 'approved'
                and r.active_from <= links.moment() and r.valid @> today
        )
        and not links.is_withheld(of_sector, d.subj_ref, d.organisation)
        and not exists (
            select from links.notice n
            where n.organisation = d.organisation and n.handle = d.handle and n.at = day
                and n.told_at is null -- what was told already is news again
        );
    get diagnostics given = row_count;
    return given;
end $$;

create function links.check_delivery(of_kind text, of_sector text, newest smallint, whole boolean)
    returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp set work_mem = '256MB'
as $$
declare
    twice text;
begin
    if exists (select from pg_temp.staged s where s.kid <> newest) then
        raise exception using errcode = 'LK702', message = 'keys_rotating';
    end if;
    if exists (
        select from pg_temp.staged s
        where isempty(s.valid) or octet_length(s.addr_ref) <> 16 or octet_length(s.subj_ref) <> 16
    ) then
        raise exception using errcode = 'LK703', message = 'malformed_rows';
    end if;
    -- Two neighbours overlap if any two do; only what stands there twice is put in order.
    with more as (
        select s.subj_ref, s.addr_ref, s.capacity from pg_temp.staged s
        group by s.subj_ref, s.addr_ref, s.capacity having count(*) > 1
    ), neighbours as (
        select s.row, s.valid,
            lag(s.row) over period as before, lag(s.valid) over period as valid_before
        from pg_temp.staged s join more using (subj_ref, addr_ref, capacity)
        window period as (
            partition by s.subj_ref, s.addr_ref, s.capacity order by s.valid, s.row
        )
    )
    select string_agg(format('%s and %s', n.before, n.row), ', ') into twice
    from (
        select * from neighbours where valid && valid_before order by row limit 10
    ) n;
    if twice is null and not whole then
        select string_agg(s.row::text, ', ') into twice
        from (
            select s.row from pg_temp.staged s
            join links.link c on c.sector = of_sector and c.kind = of_kind
                and c.subj_ref = s.subj_ref and c.addr_ref = s.addr_ref
                and c.capacity = s.capacity and upper_inf(c.recorded)
                and c.valid && s.valid and lower(c.valid) is distinct from lower(s.valid)
            order by s.row limit 10
        ) s;
    end if;
    if twice is not null then  -- numbers of rows, which say nothing of anybody
        raise exception using errcode = 'LK704', message = 'overlapping_rows', detail = twice;
    end if;
end $$;

-- Current links that the delivery changes. What a whole delivery no longer has ended today.
create function links.find_superseded(of_kind text, of_sector text, whole boolean, day date)
    returns table (id bigint, ends boolean)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    set work_mem = '256MB'
as $$
begin
    return query
    select c.id, s.row is null
    from links.link c
    left join lateral (
        select s.row, s.valid, s.household_ref from pg_temp.staged s
        where s.subj_ref = c.subj_ref and s.addr_ref = c.addr_ref and s.capacity = c.capacity
            and s.valid && c.valid
            and (whole or lower(s.valid) is not distinct from lower(c.valid))
        order by s.valid = c.valid desc limit 1
    ) s on true
    where c.sector = of_sector and c.kind = of_kind and upper_inf(c.recorded)
        and case
            when s.row is null then whole and coalesce(upper(c.valid) > day, true)
            else s.valid <> c.valid or s.household_ref is distinct from c.household_ref
        end;
end $$;

-- The first links of a sector: a partition with its indexes made at once, in the empty one's place.
-- Only its exchange, at the end, keeps questions waiting.
create function links.fill_sector(
    of_sector text, of_kind text, number bigint, moment timestamptz
) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    set maintenance_work_mem = '256MB'
as $$
declare
    empty text := 'link_' || lower(of_sector);
    filled text := empty || '_filled';
begin
    execute format('create table links.%I (like links.link, check (sector = %L))',
        filled, of_sector);
    execute format(
        'insert into links.%I (id, sector, kind, addr_ref, subj_ref, kid, capacity, addr_sealed,
            household_ref, valid, recorded, delivery, verdict)
        select nextval($1), $2, $3, s.addr_ref, s.subj_ref, s.kid, s.capacity, s.addr_sealed,
            s.household_ref, s.valid, $4, $5, s.verdict
        from pg_temp.staged s order by s.subj_ref', filled)
    using pg_get_serial_sequence('links.link', 'id')::regclass, of_sector, of_kind,
        tstzrange(moment, null), number;
    -- As those of links.link: others would be made once more when it is attached.
    execute format('create index %I on links.%I (addr_ref) where upper_inf(recorded)',
        empty || '_addr_' || number, filled);
    execute format('create index %I on links.%I (subj_ref) where upper_inf(recorded)',
        empty || '_subj_' || number, filled);
    execute format('create index %I on links.%I (household_ref)
        where upper_inf(recorded) and household_ref is not null',
        empty || '_household_' || number, filled);
    execute format('analyze links.%I', filled);
    execute format('alter table links.link detach partition links.%I', empty);
    execute format('drop table links.%I', empty);
    execute format('alter table links.%I rename to %I', filled, empty);
    execute format('alter table links.link attach partition links.%I for values in (%L)',
        empty, of_sector);
    execute format('alter table links.%I drop constraint %I', empty, filled || '_sector_check');
end $$;

-- Links are written in the order of their subjects' references, which is none: a file's order is
-- that of its addresses, and would lead from the n-th row of a stolen copy to the n-th address.
create function links.apply_delivery(
    of_kind text, file_digest text, whole boolean, told jsonb, accept_ended boolean default false
) returns jsonb
    language plpgsql security definer set search_path = pg_catalog, pg_temp set work_mem = '256MB'
as $$
declare
    of_sector text;
    of_source text;
    kids smallint[];
    number bigint;
    present bigint;
    loaded integer;
    ended integer := 0;
    noticed integer;
    moment timestamptz := links.moment();
    day date := links.today();
    is_first boolean;
begin
    -- One delivery of a sector at a time, and none while its keys begin to rotate.
    select k.sector, k.source, s.active_kids into of_sector, of_source, kids
    from links.kind k join links.sector s on s.code = k.sector where k.code = of_kind
    for no key update of s;
    if of_sector is null then
        raise exception using errcode = 'LK701', message = 'unknown_kind';
    end if;
    -- Links of two generations cannot be compared: a rotation is finished first.
    if cardinality(kids) <> 1 then
        raise exception using errcode = 'LK702', message = 'keys_rotating';
    end if;
    insert into links.delivery (kind, digest, at, counts)
    values (of_kind, file_digest, moment, '{}') returning id into number;
    create temporary table touched (subj_ref bytea not null, kind text not null) on commit drop;
    is_first := not exists (
        select from links.link c
        where c.sector = of_sector and c.kind = of_kind and upper_inf(c.recorded)
    );
    if not is_first then
        create index on pg_temp.staged (subj_ref, addr_ref);
    end if;
    analyze pg_temp.staged;
    perform links.check_delivery(of_kind, of_sector, kids[1], whole);
    if not is_first then
        create temporary table superseded on commit drop as
        select * from links.find_superseded(of_kind, of_sector, whole, day);
        select count(*) into ended from pg_temp.superseded s where s.ends;
        select count(*) into present from links.link c
        where c.sector = of_sector and c.kind = of_kind and upper_inf(c.recorded)
            and coalesce(upper(c.valid) > day, true);
        -- A file that was cut off says that nearly everybody has left.
        if ended > 10 and ended * 10 > present and not accept_ended then
            raise exception using errcode = 'LK707', message = 'too_many_ended',
                detail = format('%s of %s', ended, present);
        end if;
        with closed as (
            update links.link c set recorded = tstzrange(lower(c.recorded), moment)
            from pg_temp.superseded s where c.sector = of_sector and c.id = s.id
            returning c.*, s.ends
        ), gone as (
            insert into links.link (sector, kind, addr_ref, subj_ref, kid, capacity, addr_sealed,
                household_ref, valid, recorded, delivery, verdict)
            select c.sector, c.kind, c.addr_ref, c.subj_ref, c.kid, c.capacity, c.addr_sealed,
                c.household_ref, daterange(lower(c.valid), day), tstzrange(moment, null), number,
                c.verdict
            from closed c where c.ends and coalesce(lower(c.valid) < day, true)
            order by c.subj_ref
        )
        insert into pg_temp.touched select subj_ref, of_kind from closed;
    end if;
    insert into pg_temp.touched
    select s.subj_ref, of_kind from pg_temp.staged s
    where s.subj_ref in (
            select d.subj_ref from links.dossier d where d.sector = of_sector and d.subscribed
        )
        and (is_first or not exists (
            select from links.link c
            where c.sector = of_sector and c.kind = of_kind and c.subj_ref = s.subj_ref
                and c.addr_ref = s.addr_ref and c.capacity = s.capacity and c.valid = s.valid
                and upper_inf(c.recorded)
        ));
    if not exists (select from links.link c where c.sector = of_sector) then
        perform links.fill_sector(of_sector, of_kind, number, moment);
        loaded := (select count(*) from pg_temp.staged);
    else
        insert into links.link (sector, kind, addr_ref, subj_ref, kid, capacity, addr_sealed,
            household_ref, valid, recorded, delivery, verdict)
        select of_sector, of_kind, s.addr_ref, s.subj_ref, s.kid, s.capacity, s.addr_sealed,
            s.household_ref, s.valid, tstzrange(moment, null), number, s.verdict
        from pg_temp.staged s
        where is_first or not exists (
            select from links.link c
            where c.sector = of_sector and c.kind = of_kind and c.subj_ref = s.subj_ref
                and c.addr_ref = s.addr_ref and c.capacity = s.capacity and c.valid = s.valid
                and upper_inf(c.recorded)
        )
        order by s.subj_ref;
        get diagnostics loaded = row_count;
    end if;
    noticed := links.give_notices(of_sector);
    drop table pg_temp.staged, pg_temp.touched;
    drop table if exists pg_temp.superseded;
    update links.delivery d
    set counts = told || jsonb_build_object('loaded', loaded, 'ended', ended) where d.id = number;
    perform links.append_act(of_source, null, 'deliver', jsonb_build_object(
        'kind', of_kind, 'delivery', number, 'loaded', loaded, 'ended', ended
    ));
    return told || jsonb_build_object(
        'delivery', number, 'loaded', loaded, 'ended', ended, 'notices', noticed
    );
end $$;
comment on function links.apply_delivery(text, text, boolean, jsonb, boolean) is
    'makes the links of a kind those of pg_temp.staged (whole) or adds them; LK701 to 704, LK707';

create function links.add_work_items(
    of_delivery bigint, rows integer[], classes text[], sealed bytea[]
) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into links.work_item (delivery, row, class, sealed)
    select of_delivery, w.row, w.class, w.sealed
    from unnest(rows, classes, sealed) as w (row, class, sealed)
$$;

create function links.list_work_items(of_delivery bigint)
    returns table (line integer, class text, sealed bytea)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select w.row, w.class, w.sealed from links.work_item w
    where w.delivery = of_delivery order by w.row
$$;

-- Forgotten, with its place in the file: the link is there now, and a sorted file's n-th row would
-- lead to it from the n-th address.
create function links.solve_work_items(of_delivery bigint, rows integer[]) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    solved integer;
begin
    delete from links.work_item w where w.delivery = of_delivery and w.row = any (rows);
    get diagnostics solved = row_count;
    return solved;
end $$;

create function links.find_delivery(number bigint) returns table (kind text, digest text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select d.kind, d.digest from links.delivery d where d.id = number $$;

-- A dossier is a right to ask, and what is changed about a person: who gets one is on record, in
-- the chain of who holds it. `numbers` are the holder's own, sealed. The last of equal rows counts.
create function links.put_dossiers(
    rows integer[], holders text[], sectors text[], subjects bytea[], capacities text[],
    kids smallint[], periods daterange[], subscribed boolean[], numbers text[]
) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    refused integer;
    holder record;
begin
    select min(w.row) into refused
    from unnest(rows, holders) as w (row, number)
    left join links.organisation o on o.number = w.number
    where (o.category in ('public_authority', 'private_legal_mission')) is not true;
    if refused is not null then
        raise exception using errcode = 'LK401', message = 'private_partner', detail = refused;
    end if;
    insert into links.dossier
        (organisation, sector, subj_ref, capacity, kid, valid, subscribed, handle)
    select w.holder, w.sector, w.subject, w.capacity, w.kid, w.valid, w.subscribed, w.number
    from (
        select distinct on (u.holder, u.sector, u.subject, u.capacity) u.*
        from unnest(
            rows, holders, sectors, subjects, capacities, kids, periods, subscribed, numbers
        ) as u (row, holder, sector, subject, capacity, kid, valid, subscribed, number)
        order by u.holder, u.sector, u.subject, u.capacity, u.row desc
    ) w
    order by w.sector, w.subject
    on conflict (organisation, sector, subj_ref, capacity) do update
    set kid = excluded.kid, valid = excluded.valid, subscribed = excluded.subscribed,
        handle = excluded.handle;
    for holder in
        select number, count(*) as told from unnest(holders) as h (number)
        group by number order by number
    loop
        perform links.append_act(holder.number, null, 'put_dossiers', jsonb_build_object(
            'count', holder.told
        ));
    end loop;
end $$;

-- A decision given again with another period takes the place of what was known of it. Decisions
-- come keyed by sector, for one text in two sectors would join the very people who hide. For the
-- same reason all rows are written anew in no order, and level 2 keeps no beginning that is past.
create function links.put_protections(
    rows integer[], sectors text[], subjects bytea[], kids smallint[], levels smallint[],
    decisions text[], periods daterange[]
) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    today date := links.today();
    refused integer;
begin
    select min(w.row) into refused from unnest(rows, levels, periods) as w (row, level, valid)
    where w.level = 1
        and not coalesce(upper(w.valid) <= lower(w.valid) + interval '6 months', false);
    if refused is not null then
        raise exception using errcode = 'LK708', message = 'six_months', detail = refused;
    end if;
    lock table links.protection in share row exclusive mode;
    delete from links.protection p
    using unnest(sectors, subjects, decisions) as w (sector, subject, decision)
    where p.sector = w.sector and p.subj_ref = w.subject and p.basis = w.decision;
    with known as (
        delete from links.protection p returning p.*
    )
    insert into links.protection (sector, subj_ref, kid, level, basis, valid)
    select k.sector, k.subj_ref, k.kid, k.level, k.basis, k.valid
    from (
        select p.sector, p.subj_ref, p.kid, p.level, p.basis, p.valid from known p
        union all
        select w.sector, w.subject, w.kid, w.level, w.decision,
            case
                when w.level = 2 and lower(w.valid) <= today then daterange(null, upper(w.valid))
                else w.valid
            end
        from (
            select distinct on (u.sector, u.subject, u.decision) u.*
            from unnest(rows, sectors, subjects, kids, levels, decisions, periods)
                as u (row, sector, subject, kid, level, decision, valid)
            order by u.sector, u.subject, u.decision, u.row desc
        ) w
    ) k
    order by gen_random_uuid();
    perform links.append_act('ingest', null, 'put_protections', jsonb_build_object(
        'count', (select count(distinct r) from unnest(rows) as u (r))
    ));
end $$;

create function links.put_canaries(
    sectors text[], refs bytea[], are_subjects boolean[], kids smallint[]
) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into links.canary (sector, ref, is_subject, kid)
    select w.* from unnest(sectors, refs, are_subjects, kids) as w (sector, ref, is_subject, kid)
    order by w.sector, w.ref
    on conflict do nothing;
    perform links.append_act('ingest', null, 'put_canaries', jsonb_build_object(
        'count', cardinality(refs)
    ));
end $$;

revoke execute on function links.is_withheld(text, bytea, text), links.give_notices(text),
    links.check_delivery(text, text, smallint, boolean),
    links.find_superseded(text, text, boolean, date),
    links.fill_sector(text, text, bigint, timestamptz) from public;
grant execute on function
    links.begin_delivery(),
    links.apply_delivery(text, text, boolean, jsonb, boolean),
    links.add_work_items(bigint, integer[], text[], bytea[]),
    links.list_work_items(bigint),
    links.solve_work_items(bigint, integer[]),
    links.find_delivery(bigint),
    links.put_dossiers(
        integer[], text[], text[], bytea[], text[], smallint[], daterange[], boolean[], text[]
    ),
    links.put_protections(
        integer[], text[], bytea[], smallint[], smallint[], text[], daterange[]
    ),
    links.put_canaries(text[], bytea[], boolean[], smallint[])
to links_ingest;
