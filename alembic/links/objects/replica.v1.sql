-- The wall's own copy of public addresses, and what their changes do to links.

create function links.find_municipality(address text, day date) returns text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(
        (
            select f.municipality from links.replica_former f
            where f.id = address and f.valid @> day order by upper(f.valid) limit 1
        ),
        (select a.municipality from links.replica_address a where a.id = address)
    );
end
$$;
comment on function links.find_municipality(text, date) is
    'NIS code of where an address is or was on a day; null: no such address';

create function links.find_place(
    address text, day date, out municipality text, out street text
)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select
        links.find_municipality(address, day),
        (select a.street from links.replica_address a where a.id = address)
$$;
comment on function links.find_place(text, date) is
    'NIS code and street name of where an address is or was on a day; nulls: no such address';

create function links.list_unknown_addresses(ids text[]) returns setof text
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select u.id from unnest(ids) as u (id)
    where not exists (select from links.replica_address a where a.id = u.id)
$$;

-- A building without an address of its own is answered by its first box: that is somebody's home.
create function links.list_boxes(ids text[]) returns setof text
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select a.id from links.replica_address a where a.id = any (ids) and a.box_number is not null
$$;

create function links.find_replica_position()
    returns table (seq bigint, root text, url text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select p.seq, p.root, p.url from links.replica_position p $$;

create function links.begin_replica() returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    lock table links.replica_position in exclusive mode;
    drop table if exists pg_temp.staged_address;
    create temporary table staged_address (
        n bigint not null,
        id text not null,
        municipality text,
        street text,
        house_number text,
        box_number text,
        valid daterange,
        changed_on date,
        is_correction boolean not null default false
    ) on commit drop;
    grant insert on pg_temp.staged_address to links_ingest;
end $$;
comment on function links.begin_replica() is
    'makes pg_temp.staged_address; a row without a municipality is a removal on changed_on';

create function links.put_position(at_seq bigint, with_root text, of_url text) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into links.replica_position (one, seq, root, url)
    values (true, at_seq, with_root, of_url)
    on conflict (one) do update set seq = excluded.seq, root = excluded.root, url = excluded.url
$$;

-- Rows of pg_temp.staged_address in the order of n: the state after each change.
create function links.apply_changes(at_seq bigint, with_root text, of_url text) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp set work_mem = '256MB'
as $$
declare
    changed integer;
begin
    analyze pg_temp.staged_address;
    -- Where an address was until a change moved it to another municipality; each step of several.
    insert into links.replica_former (id, valid, municipality)
    select m.id, daterange(
            coalesce(lag(m.changed_on) over (partition by m.id order by m.n), upper(before.until)),
            m.changed_on
        ), m.was
    from (
        select s.n, s.id, s.municipality, s.is_correction,
            max(s.changed_on) over (partition by s.id order by s.n) as changed_on,
            coalesce(
                lag(s.municipality) over (partition by s.id order by s.n), a.municipality
            ) as was
        from pg_temp.staged_address s left join links.replica_address a on a.id = s.id
        where s.municipality is not null
    ) m
    left join lateral (
        select f.valid as until from links.replica_former f
        where f.id = m.id order by upper(f.valid) desc limit 1
    ) before on true
    where m.was <> m.municipality and not m.is_correction
        and coalesce(upper(before.until) < m.changed_on, true)
    on conflict (id, valid) do nothing;
    with last as (
        select distinct on (s.id) s.* from pg_temp.staged_address s order by s.id, s.n desc
    ), gone as (
        update links.replica_address a
        set valid = daterange(lower(a.valid), greatest(l.changed_on, lower(a.valid)))
        from last l where l.id = a.id and l.municipality is null
        returning a.id
    ), present as (
        insert into links.replica_address as a
            (id, municipality, street, house_number, box_number, valid)
        select l.id, l.municipality, l.street, l.house_number, l.box_number, l.valid
        from last l where l.municipality is not null
        on conflict (id) do update
        set municipality = excluded.municipality, street = excluded.street,
            house_number = excluded.house_number, box_number = excluded.box_number,
            -- Each version says when it began; the address began with the first.
            valid = case
                when isempty(a.valid) then excluded.valid
                when lower_inf(a.valid) or upper(excluded.valid) < lower(a.valid)
                    then daterange(null, upper(excluded.valid))
                else daterange(
                    least(lower(a.valid), coalesce(lower(excluded.valid), lower(a.valid))),
                    upper(excluded.valid)
                )
            end
        returning a.id
    )
    select (select count(*) from gone) + (select count(*) from present) into changed;
    drop table pg_temp.staged_address;
    perform links.put_position(at_seq, with_root, of_url);
    return changed;
end $$;

-- A snapshot: what it has not, has gone meanwhile.
create function links.apply_snapshot(at_seq bigint, with_root text, of_url text) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp set work_mem = '256MB'
as $$
begin
    create index on pg_temp.staged_address (id);
    analyze pg_temp.staged_address;
    update links.replica_address a
    set valid = daterange(lower(a.valid), greatest(links.today(), lower(a.valid)))
    where upper_inf(a.valid)
        and not exists (select from pg_temp.staged_address s where s.id = a.id);
    return links.apply_changes(at_seq, with_root, of_url);
end $$;

-- From here to the end of the transaction no keys rotate: what is keyed meanwhile stays right.
create function links.list_sectors() returns table (sector text)
    language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select s.code from links.sector s order by s.code for share $$;

create function links.list_links_at(of_sector text, refs bytea[])
    returns table (id bigint, kind text, addr_ref bytea, subj_ref bytea, kid smallint)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select c.id, c.kind, c.addr_ref, c.subj_ref, c.kid from links.link c
    where c.sector = of_sector and c.addr_ref = any (refs) and upper_inf(c.recorded)
    order by c.id
$$;

-- How they are keyed now: a work list may be older than a rotation.
create function links.list_links(of_sector text, ids bigint[])
    returns table (id bigint, subj_ref bytea, kid smallint)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select c.id, c.subj_ref, c.kid from links.link c
    where c.sector = of_sector and c.id = any (ids) and upper_inf(c.recorded)
$$;

create function links.open_moves(of_kind text, own_digest text, told jsonb) returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into links.delivery (kind, digest, at, counts)
    values (of_kind, own_digest, links.moment(), told) returning id
$$;

-- The same link at the address that took the place: what was known before stays on record. In the
-- order of their subjects' references, as apply_delivery.
create function links.move_links(
    of_sector text, by_delivery bigint, ids bigint[], addr_refs bytea[], sealed bytea[],
    by_owner boolean
) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    moment timestamptz := links.moment();
    moved integer;
begin
    create temporary table touched (subj_ref bytea not null, kind text not null) on commit drop;
    with closed as (
        update links.link c set recorded = tstzrange(lower(c.recorded), moment)
        from unnest(ids, addr_refs, sealed) as m (id, addr_ref, addr_sealed)
        where c.sector = of_sector and c.id = m.id and upper_inf(c.recorded)
        returning c.*, m.addr_ref as to_ref, m.addr_sealed as to_sealed
    ), made as (
        insert into links.link (sector, kind, addr_ref, subj_ref, kid, capacity, addr_sealed,
            household_ref, valid, recorded, delivery, verdict)
        select c.sector, c.kind, c.to_ref, c.subj_ref, c.kid, c.capacity, c.to_sealed,
            c.household_ref, c.valid, tstzrange(moment, null), by_delivery,
            case when by_owner then 'owner' else c.verdict end
        from closed c
        where not exists (  -- two addresses became one, and the source says it of that one too
            select from links.link n
            where n.sector = c.sector and n.kind = c.kind and n.subj_ref = c.subj_ref
                and n.addr_ref = c.to_ref and n.capacity = c.capacity and n.valid && c.valid
                and upper_inf(n.recorded)
        )
        order by c.subj_ref
    )
    insert into pg_temp.touched select c.subj_ref, c.kind from closed c;
    get diagnostics moved = row_count;
    perform links.give_notices(of_sector);
    drop table pg_temp.touched;
    return moved;
end $$;

-- An address is back: links that a move took away from it return, if nothing came after the move.
create function links.return_links(of_sector text, refs bytea[]) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    moment timestamptz := links.moment();
    returned integer;
begin
    create temporary table touched (subj_ref bytea not null, kind text not null) on commit drop;
    with moved as (
        select distinct on (n.id) n.id, o.addr_ref, o.addr_sealed, o.delivery
        from links.link o
        join links.link n on n.sector = o.sector and n.kind = o.kind and n.subj_ref = o.subj_ref
            and n.kid = o.kid and n.capacity = o.capacity and n.valid = o.valid
            and lower(n.recorded) = upper(o.recorded) and upper_inf(n.recorded)
            and n.addr_ref <> o.addr_ref
        join links.delivery d on d.id = n.delivery and d.counts ? 'moved'
        where o.sector = of_sector and o.addr_ref = any (refs)
        order by n.id, o.id
    ), closed as (
        update links.link c set recorded = tstzrange(lower(c.recorded), moment)
        from moved m where c.sector = of_sector and c.id = m.id
        returning c.*, m.addr_ref as to_ref, m.addr_sealed as to_sealed, m.delivery as to_delivery
    ), made as (
        insert into links.link (sector, kind, addr_ref, subj_ref, kid, capacity, addr_sealed,
            household_ref, valid, recorded, delivery, verdict)
        select c.sector, c.kind, c.to_ref, c.subj_ref, c.kid, c.capacity, c.to_sealed,
            c.household_ref, c.valid, tstzrange(moment, null), c.to_delivery, c.verdict
        from closed c
        order by c.subj_ref
    )
    insert into pg_temp.touched select c.subj_ref, c.kind from closed c;
    get diagnostics returned = row_count;
    perform links.give_notices(of_sector);
    drop table pg_temp.touched;
    return returned;
end $$;

-- The territory of an address that took another's place, for days before it did: before the day
-- that is told (null: none is), else the day on which the other was gone.
create function links.put_former(new_ids text[], old_ids text[], days date[]) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into links.replica_former (id, valid, municipality)
    select distinct on (m.new_id) m.new_id,
        daterange(null, coalesce(m.day, upper(o.valid), links.today())), o.municipality
    from unnest(new_ids, old_ids, days) as m (new_id, old_id, day)
    join links.replica_address o on o.id = m.old_id
    join links.replica_address n on n.id = m.new_id
    where o.municipality <> n.municipality
        and not exists (select from links.replica_former f where f.id = m.new_id)
    order by m.new_id, m.old_id
    on conflict (id, valid) do nothing
$$;

revoke execute on function links.put_position(bigint, text, text) from public;
grant execute on function links.find_municipality(text, date) to links_api, links_ingest;
grant execute on function links.find_place(text, date) to links_api;
grant execute on function
    links.list_unknown_addresses(text[]),
    links.list_boxes(text[]),
    links.find_replica_position(),
    links.begin_replica(),
    links.apply_changes(bigint, text, text),
    links.apply_snapshot(bigint, text, text),
    links.list_sectors(),
    links.list_links_at(text, bytea[]),
    links.list_links(text, bigint[]),
    links.open_moves(text, text, jsonb),
    links.move_links(text, bigint, bigint[], bytea[], bytea[], boolean),
    links.return_links(text, bytea[]),
    links.put_former(text[], text[], date[])
to links_ingest;
