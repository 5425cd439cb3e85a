-- Who may be granted what, by whom, from when: deliberations, organisations, clients, officers.
-- SQLSTATE LK4xx; a message is a code that links/govern/failures.py puts into words.

-- Working days: links/domain/working_days.py says the same, and a test compares them.
create function links.find_easter(of_year integer) returns date
    language plpgsql immutable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    a integer := of_year % 19;
    b integer := of_year / 100;
    c integer := of_year % 100;
    h integer;
    r integer;
    m integer;
    n integer;
begin
    h := (19 * a + b - b / 4 - (8 * b + 13) / 25 + 15) % 30;
    r := (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    m := (a + 11 * h + 19 * r) / 433;
    n := (h + r - 7 * m + 90) / 25;
    return make_date(of_year, n, (h + r - 7 * m + 33 * n + 19) % 32);
end $$;

create function links.is_working_day(day date) returns boolean
    language sql immutable security definer set search_path = pg_catalog, pg_temp
as $$
    select extract(isodow from day) < 6
        and to_char(day, 'MM-DD') not in
            ('01-01', '05-01', '07-21', '08-15', '11-01', '11-11', '12-25')
        and day - links.find_easter(extract(year from day)::integer) not in (1, 39, 50)
$$;

create function links.find_standstill_end(approved_at timestamptz) returns timestamptz
    language sql immutable security definer set search_path = pg_catalog, pg_temp
as $$
    select (max(day) + 1)::timestamp at time zone 'Europe/Brussels'
    from (
        select (approved_at at time zone 'Europe/Brussels')::date + i as day
        from generate_series(1, 40) i
        where links.is_working_day((approved_at at time zone 'Europe/Brussels')::date + i)
        order by 1
        limit 10
    ) standstill
$$;
comment on function links.find_standstill_end(timestamptz) is
    'midnight in Brussels after the tenth working day that follows the day of approval';

create function links.is_narrower(wide links.deliberation, narrow links.deliberation)
    returns boolean
    language sql immutable security definer set search_path = pg_catalog, pg_temp
as $$
    select (wide.id, wide.organisation, wide.basis_kind, wide.basis_reference,
            wide.document_sha256, wide.domain, wide.purpose, wide.purpose_text,
            wide.direction, wide.sector)
        = (narrow.id, narrow.organisation, narrow.basis_kind, narrow.basis_reference,
            narrow.document_sha256, narrow.domain, narrow.purpose, narrow.purpose_text,
            narrow.direction, narrow.sector)
        and array_position('{verify,reference,pairwise,address}', narrow.disclosure)
            <= array_position('{verify,reference,pairwise,address}', wide.disclosure)
        and narrow.kinds <@ wide.kinds
        and narrow.fields <@ wide.fields
        and narrow.combines <@ wide.combines
        and (wide.territory is null or coalesce(narrow.territory <@ wide.territory, false))
        and narrow.valid <@ wide.valid
        and narrow.history_days <= wide.history_days
        and narrow.max_per_answer <= wide.max_per_answer
        and narrow.quota_hour <= wide.quota_hour
        and narrow.quota_day <= wide.quota_day
        and narrow.quota_addresses_day <= wide.quota_addresses_day
        and narrow.protected_ok <= wide.protected_ok
        and narrow.defer_days <= wide.defer_days
        and narrow.requires_dossier >= wide.requires_dossier
        and array_position('{immediate,deferred,exempt}', narrow.citizen_visibility)
            <= array_position('{immediate,deferred,exempt}', wide.citizen_visibility)
$$;

-- A version that is in force stays the one that counts until a newer one is in force itself, so
-- that a widening leaves no gap while it stands still, and one that was stopped opens no older one.
create function links.current_deliberation(of_id text) returns links.deliberation
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select d from links.deliberation d
        where d.id = of_id and d.approved_at is not null
        order by d.active_from <= links.moment() desc, d.version desc
        limit 1
    );
end
$$;
comment on function links.current_deliberation(text) is
    'the newest version in force, else the newest ever approved; whatever its state';

-- What no version may be, whoever writes it.
create function links.check_content(d links.deliberation) returns void
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    of_category text;
    known integer;
    personal boolean;
    for_domain boolean;
begin
    select category into of_category from links.organisation where number = d.organisation;
    if of_category = 'private_partner' then
        raise exception using errcode = 'LK401', message = 'private_partner';
    end if;
    select count(*), bool_or(natural_person), bool_and(d.domain = any (purposes))
    into known, personal, for_domain
    from links.kind where code = any (d.kinds) and sector = d.sector;
    if known = 0 or known <> cardinality(d.kinds) then
        raise exception using errcode = 'LK402', message = 'kind_not_of_sector';
    end if;
    if not for_domain then
        raise exception using errcode = 'LK407', message = 'domain_not_of_kind';
    end if;
    if personal and of_category not in ('public_authority', 'private_legal_mission') then
        raise exception using errcode = 'LK403', message = 'category_for_natural_persons';
    end if;
    if (d.direction, d.disclosure) not in (
        ('address_to_subject', 'verify'), ('address_to_subject', 'reference'),
        ('address_to_subject', 'pairwise'), ('subject_to_address', 'verify'),
        ('subject_to_address', 'address')
    ) then
        raise exception using errcode = 'LK404', message = 'disclosure_not_of_direction';
    end if;
    -- A sealed address cannot be held against a territory; a dossier is what limits its asker.
    if d.disclosure = 'address' and (d.territory is not null or not d.requires_dossier) then
        raise exception using errcode = 'LK405', message = 'addresses_need_a_dossier';
    end if;
    if isempty(d.valid) or lower_inf(d.valid) or d.territory = '{}'
        or not d.fields <@ '{capacity,valid}' or d.history_days not between 0 and 36525
        or least(d.quota_hour, d.quota_day, d.quota_addresses_day) < 1 or d.defer_days < 0
        or d.basis_kind not in ('protocol', 'csi_deliberation', 'ministerial_authorisation', 'law')
        or d.citizen_visibility not in ('immediate', 'deferred', 'exempt')
        or d.version < 1
    then
        raise exception using errcode = 'LK406', message = 'value_out_of_range';
    end if;
end $$;

-- Four eyes, of two people, of two organisations where natural persons are concerned; the
-- standstill. Or one officer, who takes away from what is in force.
create function links.check_approval(d links.deliberation) returns void
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    current links.deliberation := links.current_deliberation(d.id);
    proposer links.officer;
    approver links.officer;
begin
    if d.version <= coalesce(current.version, 0) or exists (
        select from links.deliberation o
        where o.id = d.id and o.version > d.version and o.approved_at is not null
    ) then
        raise exception using errcode = 'LK411', message = 'newer_version_exists';
    end if;
    if d.approved_at is null or d.active_from is null then
        raise exception using errcode = 'LK412', message = 'approval_incomplete';
    end if;
    if d.approved_by is null then
        -- Nor one that still stands still: one officer would end its standstill.
        if current.state is distinct from 'approved' or current.active_from > d.approved_at then
            raise exception using errcode = 'LK423', message = 'nothing_to_narrow';
        end if;
        if not links.is_narrower(current, d) then
            raise exception using errcode = 'LK413', message = 'not_narrower';
        end if;
        return;
    end if;
    select * into proposer from links.officer where id = d.proposed_by;
    select * into approver from links.officer where id = d.approved_by;
    if proposer.person_ref is null or approver.person_ref is null
        or d.signature_approver is null
    then
        raise exception using errcode = 'LK412', message = 'approval_incomplete';
    end if;
    if proposer.id = approver.id or proposer.person_ref = approver.person_ref
        or proposer.public_key = approver.public_key
    then
        raise exception using errcode = 'LK414', message = 'four_eyes';
    end if;
    if proposer.organisation = approver.organisation and exists (
        select from links.kind where code = any (d.kinds) and natural_person
    ) then
        raise exception using errcode = 'LK415', message = 'approver_of_same_organisation';
    end if;
    if d.active_from < links.find_standstill_end(d.approved_at) then
        raise exception using errcode = 'LK416', message = 'standstill_too_short';
    end if;
end $$;

create function links.guard_deliberation() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    may_change text[];
begin
    if tg_op = 'DELETE' then
        raise exception using errcode = 'LK420', message = 'never_altered';
    end if;
    if tg_op = 'INSERT' then
        if new.state not in ('proposed', 'approved')
            or (new.state = 'proposed') <> (new.approved_at is null)
        then
            raise exception using errcode = 'LK412', message = 'approval_incomplete';
        end if;
    else
        may_change := case old.state || ' ' || new.state
            when 'proposed proposed' then '{dpo_advice_sha256}'
            when 'proposed approved' then
                '{state,approved_by,approved_at,active_from,signature_approver}'
            when 'proposed withdrawn' then '{state}'
            when 'approved suspended' then '{state}'
            when 'approved withdrawn' then '{state}'
            when 'approved superseded' then '{state}'
            when 'suspended withdrawn' then '{state}'
            when 'suspended superseded' then '{state}'
            else '{}'
        end;
        if to_jsonb(new) - may_change <> to_jsonb(old) - may_change
            or (old.state = new.state and old.state <> 'proposed')
        then
            raise exception using errcode = 'LK420', message = 'never_altered';
        end if;
    end if;
    if tg_op = 'INSERT' or new.state = 'approved' then
        perform links.check_content(new);
    end if;
    if new.state = 'approved' then
        perform links.check_approval(new);
    end if;
    return new;
end $$;

create trigger guard before insert or update or delete on links.deliberation
    for each row execute function links.guard_deliberation();

create function links.describe_deliberation(d links.deliberation) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select to_jsonb(d) - 'valid' || jsonb_build_object(
        'valid_from', lower(d.valid),
        'valid_to', upper(d.valid),
        'signature_proposer', encode(d.signature_proposer, 'hex'),
        'signature_approver', encode(d.signature_approver, 'hex'),
        'state', case
            when d.state = 'approved' and d.version < (links.current_deliberation(d.id)).version
            then 'superseded' else d.state end,
        'proposer_key', encode(proposer.public_key, 'hex'),
        'proposer_status', proposer.status,
        'approver_key', encode(approver.public_key, 'hex'),
        'approver_status', approver.status,
        'granted', case when d.approved_by is null then (
            select links.describe_deliberation(g) from links.deliberation g
            where g.id = d.id and g.version < d.version and g.approved_by is not null
                and g.active_from <= d.approved_at -- not one that still stood still
            order by g.version desc limit 1
        ) end
    )
    from links.officer proposer
    left join links.officer approver on approver.id = d.approved_by
    where proposer.id = d.proposed_by
$$;
comment on function links.describe_deliberation(links.deliberation) is
    'all columns, its officers'' public keys, and for a narrowed version what two had granted';

create function links.find_deliberation(of_id text) returns setof jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select links.describe_deliberation(d)
    from links.current_deliberation(of_id) d
    where d.id is not null
$$;

create function links.list_published_deliberations() returns setof jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select links.describe_deliberation(d) from links.deliberation d
    where d.approved_at is not null
    order by d.id, d.version
$$;
comment on function links.list_published_deliberations() is 'every version that was ever approved';

create function links.list_proposals() returns setof jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select links.describe_deliberation(d) from links.deliberation d
    where d.state = 'proposed'
    order by d.id, d.version
$$;
comment on function links.list_proposals() is 'what waits for advice or approval';

create function links.find_version(of_id text, of_version integer) returns setof jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select links.describe_deliberation(d) || jsonb_build_object('moment', links.moment())
    from links.deliberation d
    where d.id = of_id and d.version = of_version
$$;
comment on function links.find_version(text, integer) is 'one version, proposals too, and the time';

create function links.find_next_version(of_id text) returns integer
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select coalesce(max(version), 0) + 1 from links.deliberation where id = of_id $$;

create function links.find_officer(of_id text) returns table (public_key bytea)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select o.public_key from links.officer o where o.id = of_id and o.status = 'active' $$;

-- The acts. Each is recorded in the chain of the organisation of the officer who did it, or of
-- the organisation that it is about; links/govern checks keys, for PostgreSQL cannot.
create function links.append_act(of_organisation text, officer text, act text, facts jsonb)
    returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    select links.append_record(of_organisation, links.write_canonical(
        (jsonb_strip_nulls(jsonb_build_object('type', 'act', 'act', act, 'officer', officer))
            || facts)::json
    ))
$$;

create function links.record_act(of_officer text, act text, facts jsonb) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    actor links.officer;
begin
    select * into actor from links.officer where id = of_officer and status = 'active';
    if not found then
        raise exception using errcode = 'LK430', message = 'officer_unknown';
    end if;
    -- With the key that acted: acts and tables are compared.
    perform links.append_act(actor.organisation, of_officer, act,
        facts || jsonb_build_object('key', encode(actor.public_key, 'hex')));
end $$;

create function links.propose_deliberation(content jsonb, officer text, signature bytea)
    returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    d links.deliberation := jsonb_populate_record(null::links.deliberation, content);
begin
    d.proposed_by := officer;
    d.signature_proposer := signature;
    d.proposed_at := links.moment();
    d.state := 'proposed';
    d.approved_by := null;
    d.signature_approver := null;
    d.dpo_advice_sha256 := null;
    d.approved_at := null;
    d.active_from := null;
    if d.version <> links.find_next_version(d.id) then
        raise exception using errcode = 'LK411', message = 'newer_version_exists';
    end if;
    if exists (
        select from links.deliberation o where o.id = d.id and o.organisation <> d.organisation
    ) then
        raise exception using errcode = 'LK417', message = 'id_of_another_organisation';
    end if;
    insert into links.deliberation select d.*;
    perform links.record_act(
        officer, 'propose', jsonb_build_object('deliberation', d.id, 'version', d.version)
    );
    return d.version;
end $$;

create function links.advise_deliberation(
    of_id text, of_version integer, officer text, advice_sha256 text
) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update links.deliberation set dpo_advice_sha256 = advice_sha256
    where id = of_id and version = of_version and state = 'proposed';
    if not found then
        raise exception using errcode = 'LK418', message = 'not_proposed';
    end if;
    perform links.record_act(officer, 'advise', jsonb_build_object(
        'deliberation', of_id, 'version', of_version, 'advice', advice_sha256
    ));
end $$;

create function links.approve_deliberation(
    of_id text, of_version integer, officer text, at timestamptz, signature bytea
) returns timestamptz
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    starts timestamptz := links.find_standstill_end(at);
    d links.deliberation;
begin
    -- What was signed names its moment; it must be this one, or the standstill could be over.
    if at not between links.moment() - interval '5 minutes' and links.moment() then
        raise exception using errcode = 'LK419', message = 'approval_not_now';
    end if;
    select * into d from links.deliberation
    where id = of_id and version = of_version and state = 'proposed' for update;
    if not found then
        raise exception using errcode = 'LK418', message = 'not_proposed';
    end if;
    if d.dpo_advice_sha256 is null then
        raise exception using errcode = 'LK421', message = 'advice_missing';
    end if;
    update links.deliberation set state = 'approved', approved_by = officer,
        approved_at = at, active_from = starts, signature_approver = signature
    where id = of_id and version = of_version;
    perform links.record_act(
        officer, 'approve', jsonb_build_object('deliberation', of_id, 'version', of_version)
    );
    return starts;
end $$;

create function links.narrow_deliberation(content jsonb, officer text, signature bytea)
    returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    d links.deliberation := jsonb_populate_record(null::links.deliberation, content);
begin
    d.proposed_by := officer;
    d.signature_proposer := signature;
    d.proposed_at := links.moment();
    d.state := 'approved';
    d.approved_by := null;
    d.signature_approver := null;
    d.dpo_advice_sha256 := null;
    d.approved_at := d.proposed_at;
    d.active_from := d.proposed_at;
    if d.version <> links.find_next_version(d.id) then
        raise exception using errcode = 'LK411', message = 'newer_version_exists';
    end if;
    insert into links.deliberation select d.*;
    -- A wider version that was still standing still must not come into force after this.
    update links.deliberation o set state = 'superseded'
    where o.id = d.id and o.version < d.version and o.state = 'approved';
    perform links.record_act(
        officer, 'narrow', jsonb_build_object('deliberation', d.id, 'version', d.version)
    );
    return d.version;
end $$;

create function links.stop_deliberation(of_id text, as_state text, officer text) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    stopped integer;
begin
    update links.deliberation set state = as_state
    where id = of_id and (
        (as_state = 'suspended' and state = 'approved')
        or (as_state = 'withdrawn' and state in ('proposed', 'approved', 'suspended'))
    );
    get diagnostics stopped = row_count;
    if stopped = 0 then
        raise exception using errcode = 'LK422', message = 'nothing_to_stop';
    end if;
    perform links.record_act(officer, as_state, jsonb_build_object('deliberation', of_id));
    return stopped;
end $$;
comment on function links.stop_deliberation(text, text, text) is
    'suspends or withdraws every version, those standing still too; returns how many';

create function links.register_organisation(
    of_number text, of_name text, of_category text, of_contact text
) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if of_category not in
        ('public_authority', 'private_legal_mission', 'private_partner', 'source', 'auditor')
        or of_number !~ '^[0-9]{10}$'
    then
        raise exception using errcode = 'LK406', message = 'value_out_of_range';
    end if;
    insert into links.organisation (number, name, category, status, contact)
    values (of_number, of_name, of_category, 'active', of_contact);
    perform links.append_act(of_number, null, 'register_organisation', jsonb_build_object(
        'organisation', of_number, 'category', of_category
    ));
end $$;

create function links.change_organisation(of_number text, new_name text, new_contact text)
    returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update links.organisation
    set name = coalesce(new_name, name), contact = coalesce(new_contact, contact)
    where number = of_number;
    if not found then
        raise exception using errcode = 'LK432', message = 'nothing_of_that_name';
    end if;
    perform links.append_act(of_number, null, 'change_organisation', jsonb_strip_nulls(
        jsonb_build_object('name', new_name, 'contact', new_contact)
    ));
end $$;

-- The digest goes into the chain: other keys, or those of another organisation, contradict it.
create function links.list_clients()
    returns table (id text, organisation text, status text, digest text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select c.id, c.organisation, c.status,
        encode(sha256(convert_to(c.organisation || ' ' || c.keys::text, 'UTF8')), 'hex')
    from links.client as c order by c.id
$$;

create function links.register_client(of_id text, of_organisation text, of_keys jsonb)
    returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    replaced text := (
        select string_agg(key ->> 'kid', ' ')
        from links.client c, jsonb_array_elements(c.keys) key where c.id = of_id
    );
begin
    -- A key of two organisations could sign for either.
    if exists (
        select from links.client c, jsonb_array_elements(c.keys) theirs,
            jsonb_array_elements(of_keys) ours
        where c.organisation <> of_organisation and theirs ->> 'x' = ours ->> 'x'
    ) then
        raise exception using errcode = 'LK433', message = 'key_of_another';
    end if;
    insert into links.client (id, organisation, status, keys)
    values (of_id, of_organisation, 'active', of_keys)
    on conflict (id) do update set keys = excluded.keys
        where client.organisation = excluded.organisation and client.status = 'active';
    if not found then
        raise exception using errcode = 'LK431', message = 'client_of_another_or_stopped';
    end if;
    perform links.append_act(of_organisation, null, 'register_client', jsonb_build_object(
        'client', of_id,
        'keys', (select string_agg(key ->> 'kid', ' ') from jsonb_array_elements(of_keys) key),
        'digest', (select l.digest from links.list_clients() as l where l.id = of_id)
    ));
    return replaced;
end $$;
comment on function links.register_client(text, text, jsonb) is
    'a new client, or its new keys; returns the kids of those that they replace';

create function links.register_officer(
    of_id text, of_organisation text, of_person_ref bytea, of_public_key bytea
) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if octet_length(of_public_key) <> 32 or octet_length(of_person_ref) <> 16 then
        raise exception using errcode = 'LK406', message = 'value_out_of_range';
    end if;
    insert into links.officer (id, organisation, person_ref, public_key, status)
    values (of_id, of_organisation, of_person_ref, of_public_key, 'active');
    -- The key goes into the chain: a key put in its place later contradicts what was witnessed.
    perform links.append_act(of_organisation, null, 'register_officer', jsonb_build_object(
        'officer', of_id, 'organisation', of_organisation, 'key', encode(of_public_key, 'hex')
    ));
end $$;

-- Organisations, clients and officers as registered; no person reference.
create function links.list_registered(of_what text)
    returns table (id text, organisation text, status text, says text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select o.number, o.number, o.status, concat_ws(', ', o.name, o.category, o.contact)
    from links.organisation o where of_what = 'organisation'
    union all
    select c.id, c.organisation, c.status, 'keys ' || coalesce((
        select string_agg(key ->> 'kid', ' ') from jsonb_array_elements(c.keys) key
    ), 'none')
    from links.client c where of_what = 'client'
    union all
    select o.id, o.organisation, o.status, 'key ' || encode(o.public_key, 'hex')
    from links.officer o where of_what = 'officer'
    order by 2, 1
$$;

create function links.set_status(of_what text, of_id text, as_status text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    of_organisation text;
begin
    if of_what = 'organisation' and as_status in ('active', 'suspended') then
        update links.organisation set status = as_status
        where number = of_id returning number into of_organisation;
    elsif of_what = 'client' and as_status in ('active', 'suspended', 'revoked') then
        update links.client set status = as_status
        where id = of_id and status <> 'revoked' returning organisation into of_organisation;
    elsif of_what = 'officer' and as_status in ('active', 'retired', 'suspended') then
        update links.officer set status = as_status
        where id = of_id and status <> 'retired' returning organisation into of_organisation;
    end if;
    if of_organisation is null then
        raise exception using errcode = 'LK432', message = 'nothing_of_that_name';
    end if;
    perform links.append_act(of_organisation, null, 'set_status', jsonb_build_object(
        of_what, of_id, 'status', as_status
    ));
end $$;

grant execute on function links.find_deliberation(text) to links_api, links_govern;
grant execute on function links.list_published_deliberations() to links_audit, links_govern;
grant execute on function links.list_clients() to links_audit;
grant execute on function
    links.find_officer(text),
    links.find_version(text, integer),
    links.find_next_version(text),
    links.list_proposals(),
    links.list_registered(text),
    links.propose_deliberation(jsonb, text, bytea),
    links.advise_deliberation(text, integer, text, text),
    links.approve_deliberation(text, integer, text, timestamptz, bytea),
    links.narrow_deliberation(jsonb, text, bytea),
    links.stop_deliberation(text, text, text),
    links.register_organisation(text, text, text, text),
    links.change_organisation(text, text, text),
    links.register_client(text, text, jsonb),
    links.register_officer(text, text, bytea, bytea),
    links.set_status(text, text, text)
    to links_govern;
