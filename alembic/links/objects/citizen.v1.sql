-- What the person concerned sees and may ask. Rows that are not (yet) to be seen are left out
-- before anything is ordered, counted or cut into pages, so that they leave no gap.

-- Names a row to the one person it is about: who does not hold the keyed reference of that person
-- can neither make nor guess it, and it says nothing of where in the log the row stands.
create function links.make_usage_reference(
    audit_ref bytea, organisation text, n bigint, kind text
)
returns bytea
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select substr(
        sha256(
            convert_to('usage', 'UTF8') || audit_ref || int8send(n)
            || convert_to(organisation || '|' || kind, 'UTF8')
        ), 1, 16)
$$;

create function links.find_visible_usage(audit_refs bytea[], reference bytea)
returns links.delivered
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select d
    from links.delivered as d
    where d.audit_ref = any (audit_refs)
        and d.visible_from <= links.moment()
        and links.make_usage_reference(d.audit_ref, d.organisation, d.n, d.kind) = reference
$$;

-- The period that is shown without asking for more, and the whole.
create function links.find_usage_period()
returns table (since timestamptz, whole_since timestamptz, until timestamptz)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        links.moment() - interval '12 months',
        links.moment() - interval '10 years',
        links.moment()
$$;

-- Newest first; `after` is the reference of the last row of the page before.
create function links.list_usages(
    audit_refs bytea[], whole boolean, after bytea, at_most integer
)
returns table (
    reference bytea, at timestamptz, kind text,
    organisation text, organisation_name text, contact text,
    deliberation text, version integer, basis text, purpose text, purpose_text jsonb,
    source text, source_name text
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    last_shown links.delivered;
    since timestamptz := links.moment()
        - case when whole then interval '10 years' else interval '12 months' end;
begin
    if after is not null then
        last_shown := links.find_visible_usage(audit_refs, after);
        if last_shown.n is null then
            raise exception using errcode = 'LK701', message = 'cursor_unknown';
        end if;
    end if;
    return query
    select
        links.make_usage_reference(d.audit_ref, d.organisation, d.n, d.kind),
        date_trunc('second', d.at), d.kind, d.organisation, receiver.name, receiver.contact,
        d.deliberation, d.version, granted.basis_reference, granted.purpose,
        granted.purpose_text, kind.source, source.name
    from links.delivered as d
    join links.organisation as receiver on receiver.number = d.organisation
    join links.deliberation as granted
        on granted.id = d.deliberation and granted.version = d.version
    join links.kind as kind on kind.code = d.kind
    left join links.organisation as source on source.number = kind.source
    where d.audit_ref = any (audit_refs)
        and d.visible_from <= links.moment()
        and d.visible_from >= since
        and (
            after is null
            or (d.at, d.organisation, d.n, d.audit_ref, d.kind) < (
                last_shown.at, last_shown.organisation, last_shown.n, last_shown.audit_ref,
                last_shown.kind
            )
        )
    order by d.at desc, d.organisation desc, d.n desc, d.audit_ref desc, d.kind desc
    limit least(at_most, 101);
end
$$;

-- What is held about somebody now is told in two transactions, as answers are: the look is on record
-- and committed before a row is read, whoever reads. Two arrays go together, a sector and a
-- reference in it, of one person: a sector has two generations of keys at most.
-- Null: enough for today. Many people in an hour raise an alarm, very many are not answered.
create function links.declare_own_links(audit_refs bytea[], sectors text[], subj_refs bytea[])
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    moment timestamptz := links.moment();
    this_hour timestamptz := date_trunc('hour', moment);
    today date := links.today();
    looks integer;
    looks_of_all integer;
    n bigint;
begin
    perform set_config('synchronous_commit', 'on', true);
    if audit_refs[1] is null or cardinality(sectors) is distinct from cardinality(subj_refs)
        or exists (
            select from unnest(sectors) as s (sector) group by s.sector having count(*) > 2
        )
    then
        raise exception using errcode = 'LK705', message = 'more_than_one_person';
    end if;
    -- No deliberation may be called so (links/govern/proposals.py).
    insert into links.usage as u (
        deliberation, end_user, hour, asked_hour, day, asked_day, addresses_day, missed_day
    )
    values ('(citizen)', encode(audit_refs[1], 'hex'), this_hour, 1, today, 1, 0, 0)
    on conflict on constraint usage_pkey do update set
        day = excluded.day,
        asked_day = case when u.day = excluded.day then u.asked_day else 0 end + 1
    returning u.asked_day into looks;
    if looks > 100 then -- and nobody else is the worse for it
        return null;
    end if;
    insert into links.usage as u (
        deliberation, end_user, hour, asked_hour, day, asked_day, addresses_day, missed_day
    )
    values ('(citizen)', '', this_hour, 1, today, 1, 0, 0)
    on conflict on constraint usage_pkey do update set
        hour = excluded.hour, day = excluded.day,
        asked_hour = case when u.hour = excluded.hour then u.asked_hour else 0 end + 1
    returning u.asked_hour into looks_of_all;
    if looks_of_all > 1000 then
        perform links.raise_alarm('own_links', 'citizen', '{}', true);
    end if;
    if looks_of_all > 10000 then
        return null;
    end if;
    perform links.append_act('citizen', null, 'own_links', jsonb_build_object(
        'person', encode(audit_refs[1], 'hex')
    ));
    n := (select c.n from links.chain as c where c.organisation = 'citizen');
    -- A digest: references of two sectors never stand in one row.
    insert into links.ticket (organisation, n, client, at, xid, question)
    values (
        'citizen', n, 'citizen', moment, pg_current_xact_id()::text::bigint,
        jsonb_build_object(
            'digest', links.make_own_digest(sectors, subj_refs),
            'lsn', pg_current_wal_insert_lsn()
        )
    );
    return n;
end
$$;

create function links.make_own_digest(sectors text[], subj_refs bytea[])
returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select encode(sha256(convert_to(sectors::text || subj_refs::text, 'UTF8')), 'hex')
$$;

create function links.list_own_links(n bigint, sectors text[], subj_refs bytea[])
returns table (
    sector text, kind text, capacity text, valid_from date, valid_to date,
    source_name text, subj_ref bytea, kid smallint, addr_sealed bytea
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    ticket links.ticket;
begin
    delete from links.ticket as t
    where t.organisation = 'citizen' and t.n = list_own_links.n
    returning * into ticket;
    if ticket.n is null
        or ticket.question ->> 'digest'
            <> links.make_own_digest(list_own_links.sectors, list_own_links.subj_refs)
        or links.moment() not between ticket.at and ticket.at + interval '30 seconds'
        or pg_xact_status(ticket.xid::text::xid8) is distinct from 'committed'
        or not links.is_on_disk((ticket.question ->> 'lsn')::pg_lsn)
    then
        raise exception using errcode = 'LK706', message = 'look_not_declared';
    end if;
    return query
    select
        l.sector, l.kind, l.capacity, lower(l.valid), upper(l.valid),
        source.name, l.subj_ref, l.kid, l.addr_sealed
    from unnest(list_own_links.sectors, list_own_links.subj_refs) as own (sector, subj_ref)
    join links.link as l
        on l.sector = own.sector and l.subj_ref = own.subj_ref and upper_inf(l.recorded)
    join links.kind as kind on kind.code = l.kind
    left join links.organisation as source on source.number = kind.source
    order by l.kind, lower(l.valid) desc, l.id
    limit 500;
end
$$;

-- `about` names a usage of the same person, or is null. Returns when it was filed.
create function links.file_request(
    id uuid, kind text, audit_refs bytea[], about bytea, sealed bytea
)
returns timestamptz
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    filed timestamptz := links.moment();
    whose bytea := audit_refs[1];
begin
    if kind not in ('complaint', 'protection') then
        raise exception using errcode = 'LK702', message = 'kind_unknown';
    end if;
    if about is not null then
        whose := (links.find_visible_usage(audit_refs, about)).audit_ref;
    end if;
    if whose is null then
        raise exception using errcode = 'LK703', message = 'usage_unknown';
    end if;
    -- A table that anybody with a token can fill would be a way to stop the wall.
    if (
        select count(*) from links.citizen_request as r
        where r.audit_ref = any (audit_refs) and r.at > filed - interval '1 day'
    ) >= 20 then
        raise exception using errcode = 'LK704', message = 'too_many_requests';
    end if;
    insert into links.citizen_request (id, kind, audit_ref, at, sealed, status)
    values (id, kind, whose, filed, sealed, 'received');
    perform links.append_act('citizen', null, 'file_request', jsonb_build_object(
        'request', id, 'kind', kind, 'sealed', encode(sha256(sealed), 'hex')
    ));
    return filed;
end
$$;

create function links.list_requests(audit_refs bytea[])
returns table (id uuid, kind text, at timestamptz, status text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select r.id, r.kind, date_trunc('second', r.at), r.status
    from links.citizen_request as r
    where r.audit_ref = any (audit_refs)
    order by r.at desc, r.id
    limit 100
$$;

-- For the data protection officer: what waits, oldest first, with the record a complaint is about.
create function links.list_open_requests()
returns table (id uuid, kind text, at timestamptz, sealed bytea)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select r.id, r.kind, r.at, r.sealed
    from links.citizen_request as r
    where r.status = 'received'
    order by r.at, r.id
$$;

create function links.find_request_record(id uuid, about bytea)
returns table (organisation text, n bigint, deliberation text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select d.organisation, d.n, d.deliberation
    from links.citizen_request as r
    join links.delivered as d on d.audit_ref = r.audit_ref
    where r.id = find_request_record.id
        and links.make_usage_reference(d.audit_ref, d.organisation, d.n, d.kind) = about
$$;

create function links.answer_request(id uuid)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update links.citizen_request as r set status = 'answered'
    where r.id = answer_request.id and r.status = 'received';
    if not found then
        return false;
    end if;
    perform links.append_act('citizen', null, 'answer_request', jsonb_build_object(
        'request', answer_request.id
    ));
    return true;
end
$$;

-- For verification: requests that the log tells of and that are gone, or are not what was filed.
create function links.list_altered_requests()
returns table (n bigint, id uuid)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select filed.n, (filed.body ->> 'request')::uuid
    from (
        select r.n, r.body::jsonb as body
        from links.record as r
        where r.organisation = 'citizen' and r.body like '%"act":"file_request"%'
    ) as filed
    left join links.citizen_request as r on r.id = (filed.body ->> 'request')::uuid
    where (r.kind, encode(sha256(r.sealed), 'hex'))
        is distinct from (filed.body ->> 'kind', filed.body ->> 'sealed')
    order by filed.n
$$;

grant execute on function
    links.find_usage_period(),
    links.list_usages(bytea[], boolean, bytea, integer),
    links.declare_own_links(bytea[], text[], bytea[]),
    links.list_own_links(bigint, text[], bytea[]),
    links.file_request(uuid, text, bytea[], bytea, bytea),
    links.list_requests(bytea[])
to links_citizen;
grant execute on function
    links.list_open_requests(),
    links.find_request_record(uuid, bytea),
    links.answer_request(uuid)
to links_govern;
grant execute on function links.list_altered_requests() to links_audit;
