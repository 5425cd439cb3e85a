-- A chain of records per organisation. Whoever appends holds the head's row until he commits, so
-- every function does all else first, and takes no other row's lock that a waiting one may hold.

-- The last number and hash; a first record follows number 0 and 32 zero bytes.
create function links.lock_chain(organisation text)
returns links.chain
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    head links.chain;
begin
    select * into head
    from links.chain as c
    where c.organisation = lock_chain.organisation for update;
    if not found then
        insert into links.chain (organisation, n, hash)
        values (lock_chain.organisation, 0, decode(repeat('00', 32), 'hex'))
        on conflict do nothing;
        select * into head
        from links.chain as c
        where c.organisation = lock_chain.organisation for update;
    end if;
    return head;
end
$$;

-- SHA-256(0x00, hash before, number, microseconds since 1970, body in UTF-8), integers of 8 bytes.
create function links.make_record_hash(prev bytea, n bigint, at timestamptz, body text)
returns bytea
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return sha256(
        '\x00' || prev || int8send(n)
        || int8send((extract(epoch from at) * 1000000)::bigint) || convert_to(body, 'UTF8')
    );
end
$$;

create function links.append_record(organisation text, body text)
returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    head links.chain := links.lock_chain(organisation);
    next_n bigint := head.n + 1;
    -- Told under the lock: later records have later moments, unless the clock was put back.
    at timestamptz := links.moment();
    next_hash bytea := links.make_record_hash(head.hash, next_n, at, body);
begin
    insert into links.record (organisation, n, at, xid, body, prev, hash)
    values (
        append_record.organisation, next_n, at, pg_current_xact_id()::text::bigint,
        append_record.body, head.hash, next_hash
    );
    update links.chain as c set n = next_n, hash = next_hash
    where c.organisation = append_record.organisation;
    return next_n;
end
$$;

-- RFC 8785 of an object whose values are texts, integers and arrays of texts that are written so
-- already: `json` keeps them as they came. Keys are ASCII.
-- (Functions of the way of every question are in PL/pgSQL, which keeps plans for the session.)
create function links.write_canonical(object json)
returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select '{' || string_agg(to_json(m.key)::text || ':' || m.value::text, ','
            order by m.key collate "C") || '}'
        from json_each(object) as m
    );
end
$$;

-- Facts are numbers of records and identifiers of deliberations, never references. What repeats
-- itself is told once a day.
create function links.raise_alarm(rule text, organisation text, facts jsonb, once boolean)
returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into links.alarm (at, rule, organisation, facts)
    select links.moment(), raise_alarm.rule, raise_alarm.organisation, raise_alarm.facts
    where not once or not exists (
        select from links.alarm as a
        where a.rule = raise_alarm.rule
            and a.organisation is not distinct from raise_alarm.organisation
            and a.facts ->> 'deliberation' is not distinct from
                raise_alarm.facts ->> 'deliberation'
            and a.at > links.moment() - interval '1 day'
            and a.seen_at is null
    )
$$;

-- Declared and neither answered nor given up in two minutes: somebody may have read an answer and
-- kept its outcome out of the log. Told once; the record of the intent stays.
create function links.raise_unanswered()
returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    now timestamptz := links.moment();
    late record;
    found_late integer := 0;
begin
    for late in
        delete from links.ticket as t
        where t.at not between now - interval '2 minutes' and now + interval '2 minutes'
        returning t.organisation, t.n, t.client
    loop
        perform links.raise_alarm(
            'unanswered', late.organisation,
            jsonb_build_object('n', late.n, 'client', late.client), false
        );
        found_late := found_late + 1;
    end loop;
    return found_late;
end
$$;

grant execute on function links.raise_unanswered() to links_audit;
