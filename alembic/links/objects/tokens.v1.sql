-- Who asks, what was used once, and what a client may see of its own.

create function links.find_client(client text)
returns table (
    organisation text, category text, client_status text, organisation_status text, keys jsonb
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select c.organisation, o.category, c.status, o.status, c.keys
    from links.client as c
    join links.organisation as o on o.number = c.organisation
    where c.id = find_client.client;
end
$$;

-- The organisation of a client in use; everything a client sees of its own goes through here.
create function links.find_active_organisation(client text)
returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select organisation from links.find_client(client)
    where client_status = 'active' and organisation_status = 'active'
$$;

-- True: never seen. `digest` is a SHA-256, or several one after another: then all of them are new.
-- One statement, so that of two workers only one is told so.
create function links.remember_token(digest bytea, expires timestamptz)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    remembered integer;
begin
    insert into links.seen_token (digest, expires_at)
    select substring(remember_token.digest from place for 32), remember_token.expires
    from generate_series(1, length(remember_token.digest), 32) as place
    order by 1 -- two that share digests wait for each other in one order
    on conflict do nothing;
    get diagnostics remembered = row_count;
    return remembered = (length(remember_token.digest) + 31) / 32;
end
$$;

-- True: opened for the first time. Who opened what is on record, and who tried: `opened` is null
-- when it is no handle for this client's organisation, else {"requester", "sector", "digest",
-- "expires"} in hexadecimal and seconds since 1970.
create function links.open_handle(client text, correlation text, opened jsonb)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    whose text := links.find_active_organisation(client);
    is_opened boolean := false;
begin
    perform set_config('synchronous_commit', 'on', true);
    if whose is null then
        raise exception using errcode = 'LK301', message = 'client_unknown';
    end if;
    if opened is not null then
        insert into links.handle (digest, expires_at)
        values (
            decode(opened ->> 'digest', 'hex'),
            to_timestamp((opened ->> 'expires')::double precision)
        )
        on conflict do nothing;
        is_opened := found;
    end if;
    perform links.append_record(whose, links.write_canonical(json_build_object(
        'type', 'handle', 'client', client, 'organisation', whose, 'correlation', correlation,
        'requester', opened ->> 'requester', 'sector', opened ->> 'sector',
        'result', case when is_opened then 'opened' else 'refused' end
    )));
    return is_opened;
end
$$;

-- One record of so many requests that were turned away unread, since more than enough of the
-- client's were refused in the same minute.
create function links.count_refusals(client text, turned_away integer)
returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    whose text := (select c.organisation from links.client as c where c.id = client);
    n bigint;
begin
    perform set_config('synchronous_commit', 'on', true);
    n := links.append_record(whose, links.write_canonical(json_build_object(
        'type', 'refusals', 'client', client, 'organisation', whose, 'count', turned_away
    )));
    perform links.raise_alarm(
        'refusals', whose, jsonb_build_object('n', n, 'client', client), true
    );
    return n;
end
$$;

-- Which keys the rows are of: a database beside another time's keys finds nothing and says "no".
create function links.list_generations()
returns table (sector text, active_kids smallint[])
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select code, active_kids from links.sector
$$;

create function links.list_own_deliberations(client text)
returns setof jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select to_jsonb(d) - array[
        'proposed_by', 'approved_by', 'signature_proposer', 'signature_approver'
    ]
    from links.deliberation as d
    where d.organisation = links.find_active_organisation(client) and d.state <> 'proposed'
    order by d.id, d.version
$$;

create function links.count_own_usage(client text)
returns table (
    deliberation text, asked_hour integer, quota_hour integer, asked_day integer,
    quota_day integer, addresses_day integer, quota_addresses_day integer
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        d.id,
        case when u.hour = date_trunc('hour', links.moment(), 'UTC') then u.asked_hour else 0 end,
        d.quota_hour,
        case when u.day = links.today() then u.asked_day else 0 end,
        d.quota_day,
        case when u.day = links.today() then u.addresses_day else 0 end,
        d.quota_addresses_day
    from links.deliberation as d
    left join links.usage as u on u.deliberation = d.id and u.end_user = ''
    where d.organisation = links.find_active_organisation(client) and d.state = 'approved'
    order by d.id, d.version
$$;

-- Given once, a hundred at a time. An answer that was lost comes again to the same correlation for
-- an hour; no other is told it. What is told is on record.
create function links.take_notices(client text, correlation text)
returns table (handle text, at timestamptz)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    receiver text := links.find_active_organisation(client);
    moment timestamptz := links.moment();
    told integer;
begin
    delete from links.notice as t
    where t.organisation = receiver and t.told_at < moment - interval '1 hour';
    update links.notice as t
    set told_under = correlation, told_at = coalesce(t.told_at, moment)
    where t.id in (
        select w.id from links.notice as w
        where w.organisation = receiver and coalesce(w.told_under, correlation) = correlation
        order by w.id limit 100 for update
    );
    get diagnostics told = row_count;
    if told > 0 then
        perform links.append_act(receiver, null, 'take_notices', jsonb_build_object(
            'client', client, 'count', told
        ));
    end if;
    return query
    select t.handle, t.at from links.notice as t
    where t.organisation = receiver and t.told_under = correlation order by t.id limit 100;
end
$$;

grant execute on function
    links.find_client(text),
    links.remember_token(bytea, timestamptz),
    links.open_handle(text, text, jsonb),
    links.count_refusals(text, integer),
    links.list_generations(),
    links.list_own_deliberations(text),
    links.count_own_usage(text),
    links.take_notices(text, text)
to links_api;

grant execute on function links.list_generations() to links_ingest;
