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

-- True: never seen. One statement, so that of two workers only one is told so.
create function links.remember_token(digest bytea, expires timestamptz)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into links.seen_token (digest, expires_at)
    values (remember_token.digest, remember_token.expires)
    on conflict do nothing;
    return found;
end
$$;

-- True: opened for the first time.
create function links.open_handle(digest bytea, expires timestamptz)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into links.handle (digest, expires_at)
    values (open_handle.digest, open_handle.expires)
    on conflict do nothing;
    return found;
end
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

-- Given once: what a client has been told is gone.
create function links.take_notices(client text)
returns table (handle text, at timestamptz)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    with taken as (
        delete from links.notice as t
        where t.organisation = links.find_active_organisation(client)
        returning t.id, t.handle, t.at
    )
    select t.handle, t.at from taken as t order by t.id
$$;

grant execute on function
    links.find_client(text),
    links.remember_token(bytea, timestamptz),
    links.open_handle(bytea, timestamptz),
    links.list_own_deliberations(text),
    links.count_own_usage(text),
    links.take_notices(text)
to links_api;
