-- Answering what was declared and committed, and putting the outcome on record. SQLSTATE LK31x.
-- Both in one transaction; who sends an answer before its commit sends what no record tells.

-- Whether a declaration that began to be written at `since` is on the disk. A commit that waited,
-- as that of declare() does, has flushed beyond it; whoever turned that off in between waits here
-- until all that is written is flushed, or is refused.
create function links.is_on_disk(since pg_lsn)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    written pg_lsn := pg_current_wal_insert_lsn();
begin
    if pg_current_wal_flush_lsn() > since then
        return true;
    end if;
    for attempt in 1..50 loop
        perform pg_sleep(0.01);
        if pg_current_wal_flush_lsn() >= written then
            return true;
        end if;
    end loop;
    return false;
end
$$;

-- What the question finds and may be shown, at most a hundred rows. Left out as if they were not
-- there: protected subjects, who is of one household with a strictly protected one, and, where a
-- dossier is required, subjects of whom the asker has none. A household is one wherever the sector
-- has put its members: at the building and at a box of it, or at either part of a split address.
create function links.find_visible(
    question jsonb, granted links.deliberation, category text
)
returns links.link[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    today date := links.today();
    asked date := question ->> 'date';
    kinds jsonb := question -> 'kinds';
    addr_refs bytea[] := array(
        select decode(r.ref, 'hex')
        from jsonb_array_elements_text(question -> 'addrRefs') as r (ref)
    );
    subj_refs bytea[] := array(
        select decode(r.ref, 'hex')
        from jsonb_array_elements_text(question -> 'subjRefs') as r (ref)
    );
    -- From this level on; 3 does not exist.
    hidden_from integer := case
        when granted.protected_ok then 3 when category = 'public_authority' then 2 else 1 end;
    rows links.link[];
begin
    if cardinality(addr_refs) > 0 then
        rows := array(
            select l from links.link as l
            where l.sector = granted.sector and l.addr_ref = any (addr_refs)
                and upper_inf(l.recorded) and l.valid @> asked and kinds ? l.kind
                and (cardinality(subj_refs) = 0 or l.subj_ref = any (subj_refs))
        );
    else
        rows := array(
            select l from links.link as l
            where l.sector = granted.sector and l.subj_ref = any (subj_refs)
                and upper_inf(l.recorded) and l.valid @> asked and kinds ? l.kind
        );
    end if;
    return array(
        select l from unnest(rows) as l
        where not exists (
                select from links.protection as p
                where p.sector = l.sector and p.subj_ref = l.subj_ref
                    and p.level >= hidden_from and p.valid @> today
            )
            and not (hidden_from <= 2 and exists (
                select
                from links.link as own
                join links.link as other
                    on other.sector = granted.sector
                    and other.household_ref = own.household_ref
                join links.protection as p
                    on p.sector = granted.sector and p.subj_ref = other.subj_ref
                where own.sector = granted.sector and own.subj_ref = l.subj_ref
                    -- Of a link whose household nobody knows, it may be any that he has.
                    and (own.addr_ref = l.addr_ref or not exists (
                        select from links.link as here
                        where here.sector = granted.sector and here.subj_ref = l.subj_ref
                            and here.addr_ref = l.addr_ref and here.household_ref is not null
                            and upper_inf(here.recorded) and here.valid && l.valid
                    ))
                    and upper_inf(own.recorded) and upper_inf(other.recorded)
                    and own.valid && l.valid and other.valid && l.valid
                    and p.level = 2 and p.valid @> today
            ))
            -- (Not `exists`: that may be planned as a hash of all dossiers of the asker.)
            and (not granted.requires_dossier or (
                select count(*) from links.dossier as d
                where d.organisation = granted.organisation and d.sector = l.sector
                    and d.subj_ref = l.subj_ref and d.valid @> today
            ) > 0)
        -- By keyed references: the order says nothing.
        order by l.subj_ref, l.kind, lower(l.valid)
        limit 101
    );
end
$$;

-- Too many: one row of nulls and nothing else. What the deliberation does not grant is null too.
create function links.answer(organisation text, n bigint, client text)
returns table (
    subj_ref bytea, kid smallint, kind text, capacity text, valid daterange,
    addr_ref bytea, addr_sealed bytea, source text
)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- as declare
as $$
#variable_conflict use_column
declare
    moment timestamptz := links.moment();
    ticket links.ticket;
    standing record;
    rows links.link[];
    operation text;
    fields jsonb;
    is_too_many boolean;
    code text;
begin
    perform set_config('synchronous_commit', 'on', true);
    select * into ticket from links.ticket as t
    where t.organisation = answer.organisation and t.n = answer.n for update;
    standing := links.find_standing(
        answer.client, answer.organisation, ticket.question ->> 'deliberation', moment
    );
    code := case
        when ticket.n is null or ticket.client <> answer.client then 'ticket_unknown'
        when ticket.found is not null then 'ticket_used'
        -- An older snapshot would not see that a right was suspended meanwhile.
        when current_setting('transaction_isolation') <> 'read committed' then 'wrong_isolation'
        when moment not between ticket.at and ticket.at + interval '30 seconds'
            then 'ticket_expired'
        when pg_xact_status(ticket.xid::text::xid8) is distinct from 'committed'
            then 'not_committed'
        when standing.reason is not null then standing.reason
        when (standing.granted).version <> (ticket.question ->> 'version')::integer then 'version'
        when not links.is_on_disk((ticket.question ->> 'lsn')::pg_lsn) then 'not_on_disk'
    end;
    if code is not null then
        raise exception using errcode = 'LK311', message = code;
    end if;

    operation := ticket.question ->> 'operation';
    fields := ticket.question -> 'fields';
    rows := links.find_visible(ticket.question, standing.granted, standing.category);
    if ticket.question ? 'wanting' then -- a dossier that was opened since does not count
        rows := '{}';
    end if;
    is_too_many := operation <> 'verify'
        and cardinality(rows) > (standing.granted).max_per_answer;
    update links.ticket as t set
        xid = pg_current_xact_id()::text::bigint,
        found = case
            when is_too_many then 0
            else (select count(distinct (l.subj_ref, l.kind)) from unnest(rows) as l)
        end,
        question = t.question || jsonb_build_object('tooMany', is_too_many)
    where t.organisation = answer.organisation and t.n = answer.n;
    if is_too_many then
        return query select null::bytea, null::smallint, null, null, null::daterange,
            null::bytea, null::bytea, null;
        return;
    end if;
    return query
    select
        l.subj_ref, l.kid, l.kind,
        case when fields ? 'capacity' then l.capacity end,
        case when fields ? 'valid' then l.valid end,
        case when operation = 'addresses' then l.addr_ref end,
        case when operation = 'addresses' then l.addr_sealed end,
        k.source
    from unnest(rows) as l
    join links.kind as k on k.code = l.kind;
end
$$;

-- Puts on record what answer() gave in this same transaction, subject by subject. `result`: "true",
-- "false", "list", "tooMany", or "unavailable" for what was read and could not be sent.
-- `delivered`: [{"auditRef": hex, "kind": code}], as many as different subjects and kinds were
-- given. Returns the outcome's number.
create function links.conclude(organisation text, n bigint, result jsonb, delivered jsonb)
returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- as declare
as $$
#variable_conflict use_column
declare
    ticket links.ticket;
    granted links.deliberation;
    told text := result #>> '{}';
    expected text;
    refs bytea[];
    kinds text[];
    is_well_formed boolean;
    outcome bigint;
    deliberation text;
    concluded timestamptz := links.moment();
begin
    perform set_config('synchronous_commit', 'on', true);
    delete from links.ticket as t
    where t.organisation = conclude.organisation and t.n = conclude.n
        and t.found is not null and t.xid = pg_current_xact_id()::text::bigint
    returning t.* into ticket;
    if ticket.n is null then
        raise exception using errcode = 'LK312', message = 'not_answered';
    end if;
    expected := case
        when ticket.question ->> 'operation' = 'verify' then (ticket.found > 0)::text
        when (ticket.question ->> 'tooMany')::boolean then 'tooMany'
        else 'list'
    end;
    if (told in (expected, 'unavailable')) is not true then
        raise exception using errcode = 'LK313', message = 'result_mismatch';
    end if;
    begin
        select
            coalesce(array_agg(d.ref order by d.ref, d.kind), '{}'),
            coalesce(array_agg(d.kind order by d.ref, d.kind), '{}'),
            coalesce(bool_and((octet_length(d.ref) = 16
                and ticket.question -> 'kinds' ? d.kind) is true), true)
        into refs, kinds, is_well_formed
        from (
            select distinct decode(m ->> 'auditRef', 'hex') as ref, m ->> 'kind' as kind
            from jsonb_array_elements(delivered) as m
        ) as d;
    exception when others then
        is_well_formed := false;
    end;
    if is_well_formed is not true then
        raise exception using errcode = 'LK314', message = 'delivered_malformed';
    end if;
    if cardinality(refs) < ticket.found then
        raise exception using errcode = 'LK315', message = 'delivered_incomplete';
    end if;
    if ticket.question ? 'wanting' then -- nobody was looked at
        refs := '{}';
        kinds := '{}';
    end if;

    deliberation := ticket.question ->> 'deliberation';
    select * into granted from links.deliberation as d
    where d.id = deliberation and d.version = (ticket.question ->> 'version')::integer;
    outcome := links.append_record(
        conclude.organisation,
        format(
            '{"count":%s,"delivered":[%s],"intent":%s,%s"result":%s,"type":"outcome"}',
            cardinality(refs),
            (select string_agg(format('"%s"', encode(u.ref, 'hex')), ',' order by u.i)
                from unnest(refs) with ordinality as u (ref, i)),
            ticket.n, '"reason":' || to_json(ticket.question ->> 'wanting') || ',', to_json(told)
        )
    );
    insert into links.delivered (
        organisation, n, audit_ref, kind, at, deliberation, version, visible_from
    )
    select
        conclude.organisation, outcome, u.ref, u.kind, concluded, granted.id, granted.version,
        case granted.citizen_visibility
            when 'immediate' then concluded
            when 'deferred' then concluded + make_interval(days => granted.defer_days)
        end
    from unnest(refs, kinds) as u (ref, kind);
    if ticket.found = 0 and told <> 'tooMany' then
        update links.usage as u set missed_day = u.missed_day + 1
        where u.deliberation = granted.id and u.end_user = ''
            and u.day = (ticket.at at time zone 'Europe/Brussels')::date;
    end if;
    return outcome;
end
$$;

-- answer() and conclude() of a question for yes or no in one message: the organisation's chain is
-- held for no round trip. `audit_refs`: {reference of the subject: its reference in the log};
-- `otherwise`: what is delivered when nothing is found. Any other question fails in conclude().
create function links.verify(
    organisation text, n bigint, client text, audit_refs jsonb, otherwise jsonb
)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    delivered jsonb;
    is_so boolean;
begin
    select jsonb_agg(jsonb_build_object(
        'auditRef', audit_refs ->> encode(a.subj_ref, 'hex'), 'kind', a.kind
    )) into delivered
    from links.answer(organisation, n, client) as a;
    is_so := delivered is not null;
    perform links.conclude(
        organisation, n, to_jsonb(is_so::text), coalesce(delivered, otherwise)
    );
    return is_so;
end
$$;

grant execute on function
    links.answer(text, bigint, text),
    links.conclude(text, bigint, jsonb, jsonb),
    links.verify(text, bigint, text, jsonb, jsonb)
to links_api;
