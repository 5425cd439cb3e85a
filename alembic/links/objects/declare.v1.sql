-- Declaring a question: what can be checked without a key is checked again here, counted and put
-- on record, before anything may be answered. SQLSTATE LK3xx; messages are codes without values.

-- Whether client, organisation and deliberation stand. `granted` and `category` are set when they
-- do; links.domain.deliberation.find_hindrance says the same of the same version.
create function links.find_standing(
    client text, organisation text, deliberation text, moment timestamptz,
    out reason text, out category text, out granted links.deliberation
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    asker record;
    today date := (moment at time zone 'Europe/Brussels')::date;
begin
    select * into asker from links.find_client(client);
    if (asker.client_status = 'active' and asker.organisation = find_standing.organisation)
        is not true
    then
        reason := 'client_inactive';
    elsif (asker.organisation_status = 'active') is not true then
        reason := 'organisation_inactive';
    else
        category := asker.category;
        granted := links.current_deliberation(deliberation);
        reason := case
            when (granted.organisation = asker.organisation) is not true
                then 'deliberation_unknown'
            when granted.state = 'suspended' then 'deliberation_suspended'
            when granted.state in ('withdrawn', 'superseded') then 'deliberation_withdrawn'
            when (granted.state = 'approved') is not true then 'deliberation_unknown'
            when (granted.active_from <= moment) is not true then 'standstill'
            when today < lower(granted.valid) then 'not_yet_valid'
            when (granted.valid @> today) is not true then 'expired'
        end;
    end if;
end
$$;

-- Two officers have signed it; or one, who took away from what two had granted.
create function links.has_four_eyes(granted links.deliberation)
returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return case
        when granted.approved_by is not null then granted.approved_by <> granted.proposed_by
        else exists (
            select from links.deliberation as d
            where d.id = granted.id and d.version < granted.version
                and d.approved_by <> d.proposed_by and d.approved_at is not null
                and links.is_narrower(d, granted)
        )
    end;
end
$$;

-- A right to an answer is a right to any smaller one in the same direction.
create function links.is_granted(operation text, direction text, disclosure text)
returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (direction, disclosure, operation) in (
        ('address_to_subject', 'verify', 'verify'),
        ('address_to_subject', 'reference', 'verify'),
        ('address_to_subject', 'reference', 'references'),
        ('address_to_subject', 'pairwise', 'verify'),
        ('address_to_subject', 'pairwise', 'references'),
        ('address_to_subject', 'pairwise', 'subjects'),
        ('subject_to_address', 'verify', 'verify'),
        ('subject_to_address', 'address', 'verify'),
        ('subject_to_address', 'address', 'addresses')
    );
end
$$;

-- Why a question is refused, or null: the twin of links.domain.decision.decide, in the same order,
-- without what only a key can tell. Writes nothing. `body` and `question` as in links.declare;
-- `municipality` of the asked address at the asked date, null when there is none.
create function links.check_question(
    client text, body jsonb, question jsonb, municipality text, moment timestamptz
)
returns text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    standing record;
    granted links.deliberation;
    today date;
    asked date;
    kinds jsonb;
    has_address boolean;
    has_subject boolean;
    well_formed constant text := '^[A-Za-z0-9][A-Za-z0-9 ./:_-]{0,63}$';
    known integer;
    personal boolean;
    is_foreign boolean;
begin
    standing := links.find_standing(
        client, body ->> 'organisation', body ->> 'deliberation', moment
    );
    if standing.reason is not null then
        return standing.reason;
    end if;
    granted := standing.granted;
    today := (moment at time zone 'Europe/Brussels')::date;
    asked := question ->> 'date';
    kinds := question -> 'kinds';
    has_address := jsonb_array_length(question -> 'addrRefs') > 0;
    has_subject := jsonb_array_length(question -> 'subjRefs') > 0;
    select count(*), bool_or(k.natural_person), bool_or(
        k.sector <> granted.sector and kinds ? k.code
    ) into known, personal, is_foreign
    from links.kind as k where k.code = any (granted.kinds);
    return case
        when known <> cardinality(granted.kinds) then 'evaluation_failed'
        when (standing.category = any (
            case when personal then array['public_authority', 'private_legal_mission']
            else array['public_authority', 'private_legal_mission', 'source', 'auditor'] end
        )) is not true then 'category'
        when links.has_four_eyes(granted) is not true then 'signature_invalid'
        when (body ->> 'purpose' = granted.purpose) is not true then 'purpose'
        when (
            body ->> 'case' ~ well_formed and body ->> 'endUser' ~ well_formed
            and body ->> 'correlation' ~ well_formed
        ) is not true then 'reference_malformed'
        when links.is_granted(question ->> 'operation', granted.direction, granted.disclosure)
            is not true then 'operation'
        when (
            has_address = (question ->> 'operation' in ('verify', 'references', 'subjects'))
            and has_subject = (question ->> 'operation' in ('verify', 'addresses'))
        ) is not true then 'question_malformed'
        when (
            jsonb_array_length(kinds) > 0 and kinds <@ to_jsonb(granted.kinds)
            and question ->> 'sector' = granted.sector and not is_foreign
        ) is not true then 'kind'
        when (
            jsonb_array_length(question -> 'fields') >= 0
            and question -> 'fields' <@ to_jsonb(granted.fields)
        ) is not true then 'fields'
        when (asked <= today) is not true then 'date_in_future'
        when (asked >= today - granted.history_days) is not true then 'history'
        when granted.territory is not null
            and (municipality = any (granted.territory)) is not true then 'territory'
    end;
exception when others then
    -- An error that is skipped is a right that nobody gave.
    return 'evaluation_failed';
end
$$;

-- What is told twice is told alike, the body is what it says it is, and the sealed request is the
-- one that the body names.
create function links.is_consistent(
    client text, organisation text, body text, question jsonb, address text, sealed bytea
)
returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    intent jsonb;
begin
    intent := body::jsonb;
    return coalesce(
        links.write_canonical(body::json) = body
        and intent ->> 'type' = 'intent'
        and intent ->> 'client' = client
        and intent ->> 'organisation' = organisation
        and intent -> 'operation' = question -> 'operation'
        and intent -> 'sector' = question -> 'sector'
        and intent -> 'kinds' = question -> 'kinds'
        and intent -> 'date' = question -> 'date'
        and question ->> 'date' ~ '^\d{4}-\d\d-\d\d$'
        and (question ->> 'date')::date is not null
        and intent ->> 'request' = encode(sha256(sealed), 'hex')
        and (address is null) = (question -> 'addrRefs' = '[]')
        -- One address, one subject: in two generations while keys rotate.
        and jsonb_array_length(question -> 'addrRefs') <= 2
        and jsonb_array_length(question -> 'subjRefs') <= 2
        and jsonb_array_length(question -> 'askedRefs')
            = (question -> 'addrRefs' <> '[]')::integer + (question -> 'subjRefs' <> '[]')::integer
        and (
            question -> 'addrRefs' || (question -> 'subjRefs') || (question -> 'askedRefs')
            || (question -> 'sharedRef')
        )::text ~ '^\["[0-9a-f]{32}"(, "[0-9a-f]{32}")*\]$',
        false
    );
exception when others then
    return false;
end
$$;

-- The figures of anomalies that are alike for all.
create function links.find_limits(
    out street_addresses integer, out scan_questions integer, out sharing_organisations integer,
    out combination_days integer, out end_user_floor integer
)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    street_addresses := 10;
    scan_questions := 20;
    sharing_organisations := 3;
    combination_days := 30;
    end_user_floor := 20;
end
$$;

-- Why this use of a right is refused, or null: quotas, sweeps, scans, combinations, dossiers.
-- Called under the lock of the organisation's chain, so that of two at once the second sees the
-- first. Counts what is allowed, and what for want of a dossier is answered with nothing.
create function links.count_question(
    granted links.deliberation, question jsonb, end_user text, moment timestamptz
)
returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    limits record := links.find_limits();
    today date := (moment at time zone 'Europe/Brussels')::date;
    this_hour timestamptz := date_trunc('hour', moment, 'UTC');
    -- The address first, where there is one; the subject, as it is kept of all questions.
    asked_refs bytea[] := array(
        select decode(r.ref, 'hex')
        from jsonb_array_elements_text(question -> 'askedRefs') as r (ref)
    );
    this_asked bytea := asked_refs[1];
    this_shared bytea := decode(question ->> 'sharedRef', 'hex');
    this_street bytea := decode(question ->> 'streetRef', 'hex');
    subj_refs bytea[] := array(
        select decode(r.ref, 'hex')
        from jsonb_array_elements_text(question -> 'subjRefs') as r (ref)
    );
    hour_all integer;
    hour_user integer;
    day_all integer;
    day_user integer;
    addresses integer;
    missed integer;
    is_new boolean;
    reason text;
begin
    select
        coalesce(sum(u.asked_hour) filter (where u.end_user = '' and u.hour = this_hour), 0),
        coalesce(sum(u.asked_hour) filter (where u.end_user <> '' and u.hour = this_hour), 0),
        coalesce(sum(u.asked_day) filter (where u.end_user = '' and u.day = today), 0),
        coalesce(sum(u.asked_day) filter (where u.end_user <> '' and u.day = today), 0),
        coalesce(sum(u.addresses_day) filter (where u.end_user = '' and u.day = today), 0),
        coalesce(sum(u.missed_day) filter (where u.end_user = '' and u.day = today), 0),
        not exists (
            select from links.asked as a
            where a.organisation = granted.organisation and a.asked_ref = this_asked
                and a.deliberation = granted.id and a.day = today
                and a.shared_ref is not null -- else it was the subject of a yes or no
        )
    into hour_all, hour_user, day_all, day_user, addresses, missed, is_new
    from links.usage as u
    where u.deliberation = granted.id and u.end_user in ('', count_question.end_user);

    reason := case
        when hour_all >= granted.quota_hour then 'quota_hour'
        when day_all >= granted.quota_day then 'quota_day'
        when is_new and addresses >= granted.quota_addresses_day
            then 'quota_addresses_day'
        -- One person may not use up more than half of what many were given.
        when hour_user >= greatest(limits.end_user_floor, granted.quota_hour / 2)
            or day_user >= greatest(limits.end_user_floor, granted.quota_day / 2)
            then 'quota_end_user'
        when day_all >= limits.scan_questions and missed * 2 > day_all then 'scan'
        when is_new and this_street is not null and (
            select count(distinct a.asked_ref) >= limits.street_addresses from links.asked as a
            where a.organisation = granted.organisation
                and a.street_ref = this_street and a.day = today
                and a.asked_ref <> this_asked
        ) then 'street_sweep'
        when exists (
            select from links.asked as a
            where a.organisation = granted.organisation
                and a.asked_ref = any (asked_refs)
                and a.day >= today - limits.combination_days
                and (a.sector <> granted.sector or a.domain <> granted.domain)
                and a.deliberation <> all (granted.combines)
                and granted.id <> all (
                    coalesce((links.current_deliberation(a.deliberation)).combines, '{}')
                )
        ) then 'combination'
    end;
    if reason is not null then
        return reason;
    end if;
    if granted.requires_dossier and cardinality(subj_refs) > 0 and not exists (
        select from links.dossier as d
        where d.organisation = granted.organisation and d.sector = granted.sector
            and d.subj_ref = any (subj_refs) and d.valid @> today
    ) then
        reason := 'no_dossier';
    end if;

    insert into links.usage as u (
        deliberation, end_user, hour, asked_hour, day, asked_day, addresses_day, missed_day
    )
    values
        (
            granted.id, '', this_hour, hour_all + 1, today, day_all + 1,
            addresses + is_new::integer, missed
        ),
        (
            granted.id, count_question.end_user, this_hour, hour_user + 1, today, day_user + 1,
            0, 0
        )
    on conflict on constraint usage_pkey do update set
        hour = excluded.hour, asked_hour = excluded.asked_hour, day = excluded.day,
        asked_day = excluded.asked_day, addresses_day = excluded.addresses_day,
        missed_day = excluded.missed_day;
    if cardinality(asked_refs) > 1 then
        insert into links.asked (organisation, asked_ref, deliberation, day, sector, domain)
        values (
            granted.organisation, asked_refs[2], granted.id, today, granted.sector, granted.domain
        )
        on conflict do nothing;
    end if;
    if is_new then
        insert into links.asked as a (
            organisation, asked_ref, deliberation, day, sector, domain, shared_ref, street_ref
        )
        values (
            granted.organisation, this_asked, granted.id, today, granted.sector, granted.domain,
            this_shared, this_street
        )
        on conflict on constraint asked_pkey do update set
            shared_ref = excluded.shared_ref, street_ref = excluded.street_ref;
        if (
            select count(distinct a.organisation) > limits.sharing_organisations
            from links.asked as a where a.shared_ref = this_shared and a.day = today
        ) then
            perform links.raise_alarm(
                'review', granted.organisation,
                jsonb_build_object('deliberation', granted.id), true
            );
        end if;
    end if;
    return reason;
end
$$;

-- The body of an intent as that of its refusal.
create function links.write_refusal(body json, reason text)
returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
    select links.write_canonical(json_object_agg(m.key, m.value))
    from (
        select b.key, b.value from json_each(body) as b where b.key not in ('type', 'reason')
        union all values ('type', to_json('refusal'::text)), ('reason', to_json(reason))
    ) as m
$$;

create function links.is_canary(question jsonb)
returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from links.canary as c
        where c.sector = question ->> 'sector' and c.ref = any (array(
            select decode(r.ref, 'hex')
            from jsonb_array_elements_text(
                question -> 'addrRefs' || (question -> 'subjRefs')
            ) as r (ref)
        ))
    );
end
$$;

-- Puts a question on record. `n` is its number in the organisation's chain. Refused: `reason`, and
-- there is no ticket. `address` is what the question is about, in clear, to find its municipality
-- in the replica; it is stored nowhere. `proof` is the digest of the request's DPoP proof.
create function links.declare(
    client text, body text, question jsonb, address text, sealed bytea, month text,
    proof bytea, proof_expires timestamptz,
    out n bigint, out decision text, out reason text
)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- Else partitions and short arrays make calls plan anew, up to a millisecond each.
set plan_cache_mode = force_generic_plan
as $$
declare
    moment timestamptz := links.moment();
    whose text := (select c.organisation from links.client as c where c.id = client);
    intent jsonb;
    granted links.deliberation;
begin
    -- Whatever the session says: a declaration that a crash may take back is none.
    perform set_config('synchronous_commit', 'on', true);
    if whose is null then
        raise exception using errcode = 'LK301', message = 'client_unknown';
    end if;
    if jsonb_typeof(question) = 'object' then
        question := question - 'wanting'; -- only this function says so
    end if;
    begin
        intent := body::jsonb;
        if jsonb_typeof(intent) is distinct from 'object' then
            raise exception 'not an object';
        end if;
    exception when others then
        raise exception using errcode = 'LK302', message = 'body_malformed';
    end;
    if links.remember_token(proof, proof_expires) is not true then
        reason := 'proof_replayed';
    elsif not links.is_consistent(client, whose, body, question, address, sealed) then
        reason := 'body_mismatch';
    elsif links.is_canary(question) then
        reason := 'canary';
    else
        reason := links.check_question(
            client, intent, question,
            links.find_municipality(address, (question ->> 'date')::date), moment
        );
    end if;
    if reason is null then
        granted := links.current_deliberation(intent ->> 'deliberation');
        if intent -> 'version' is distinct from to_jsonb(granted.version) then
            reason := 'version';
        else
            perform links.lock_chain(whose);
            reason := links.count_question(granted, question, intent ->> 'endUser', moment);
            -- For want of a dossier nothing is found: the same records, work and time as any
            -- answer that finds nothing. The outcome says why.
            if reason = 'no_dossier' then
                question := question || jsonb_build_object('wanting', reason);
                reason := null;
            end if;
        end if;
    end if;

    if reason is not null then
        body := links.write_refusal(body::json, reason);
    end if;
    n := links.append_record(whose, body);
    insert into links.sealed_request (organisation, n, month, sealed)
    values (whose, n, month, sealed);
    if reason is null then
        decision := 'allowed';
        insert into links.ticket (organisation, n, client, at, xid, question)
        values (
            whose, n, client, moment, pg_current_xact_id()::text::bigint,
            question || jsonb_build_object(
                'deliberation', granted.id, 'version', granted.version,
                'lsn', pg_current_wal_insert_lsn()
            )
        );
        return;
    end if;
    decision := 'refused';
    if reason = 'canary' then
        update links.client as c set status = 'suspended' where c.id = client;
    end if;
    if reason in (
        'canary', 'combination', 'scan', 'street_sweep', 'quota_hour', 'quota_day',
        'quota_addresses_day', 'quota_end_user', 'proof_replayed', 'body_mismatch'
    ) then
        perform links.raise_alarm(
            reason, whose,
            jsonb_build_object('n', n, 'client', client) || case
                when granted.id is null then '{}'
                else jsonb_build_object('deliberation', granted.id)
            end,
            reason not in ('canary', 'combination')
        );
    end if;
end
$$;

-- What was refused before it came here is on record as well.
create function links.refuse(client text, body text)
returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    whose text := (select c.organisation from links.client as c where c.id = refuse.client);
    is_refusal boolean := false;
begin
    perform set_config('synchronous_commit', 'on', true);
    if whose is null then
        raise exception using errcode = 'LK301', message = 'client_unknown';
    end if;
    begin
        is_refusal := links.write_canonical(body::json) = body
            and body::jsonb ->> 'type' = 'refusal' and body::jsonb ->> 'client' = client
            and body::jsonb ->> 'organisation' = whose and body::jsonb ? 'reason';
    exception when others then
        null;
    end;
    if is_refusal is not true then
        raise exception using errcode = 'LK302', message = 'body_malformed';
    end if;
    return links.append_record(whose, body);
end
$$;

grant execute on function
    links.declare(text, text, jsonb, text, bytea, text, bytea, timestamptz),
    links.refuse(text, text)
to links_api;
