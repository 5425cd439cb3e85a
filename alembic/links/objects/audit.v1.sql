-- What the clerk and the auditor do: leaves, checkpoints, reading everything back, letting go.

-- Records that no checkpoint has taken yet become leaves, in the order of organisation and number,
-- and leaves of nothing after them: the size of the tree is public each minute, and without them
-- would say how often somebody asked. It grows by `at_least`, or the first of its doubles that holds
-- the records: a minute without any is as one with a few. What a padding leaf is follows from its
-- place and a random number, so that no leaf of a record can be passed off as one, and a witness
-- cannot reckon out that a minute was nothing else. Returns the new leaves.
create function links.take_leaves(at_least integer)
returns table (index bigint, hash bytea)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    size bigint;
    taken bigint;
    growth bigint := at_least;
begin
    lock table links.tree_leaf in share row exclusive mode;
    select coalesce(max(index) + 1, 0) into size from links.tree_leaf;
    insert into links.tree_leaf (index, organisation, n, hash)
    select
        size - 1 + row_number() over (order by r.organisation, r.n), r.organisation, r.n, r.hash
    from links.chain as c
    cross join lateral (
        select coalesce(max(l.n), 0) as n from links.tree_leaf as l
        where l.organisation = c.organisation
    ) as last
    join links.record as r
        on r.organisation = c.organisation and r.n > last.n and r.n <= c.n;
    get diagnostics taken = row_count;
    while growth between 1 and taken - 1 loop
        growth := growth * 2;
    end loop;
    insert into links.tree_leaf (index, organisation, n, hash)
    select p.place, '', p.random, sha256('\x02' || int8send(p.place) || int8send(p.random))
    from (
        select place, ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 17))
            ::bit(64)::bigint & x'7fffffffffffffff'::bigint as random
        from generate_series(size + taken, size + growth - 1) as place
    ) as p;
    return query
        select l.index, l.hash from links.tree_leaf as l where l.index >= size order by l.index;
end $$;

create function links.insert_checkpoint(size bigint, root bytea, note text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if insert_checkpoint.size
        <> (select coalesce(max(l.index) + 1, 0) from links.tree_leaf as l)
        or insert_checkpoint.size <= (select max(c.size) from links.checkpoint as c)
        or octet_length(root) <> 32
    then
        raise exception using errcode = 'LK070', message = 'checkpoint_of_another_tree';
    end if;
    insert into links.checkpoint (size, root, at, note)
    values (insert_checkpoint.size, insert_checkpoint.root, links.moment(),
        insert_checkpoint.note);
end $$;

-- The line of a witness, under what the log signed; what is there stays as it is.
create function links.append_cosignature(size bigint, line text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    update links.checkpoint as c set note = c.note || append_cosignature.line
    where c.size = append_cosignature.size
        and strpos(c.note, append_cosignature.line) = 0
$$;

create function links.list_checkpoints(after bigint)
returns table (size bigint, root bytea, at timestamptz, note text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select c.size, c.root, c.at, c.note from links.checkpoint as c
    where c.size > after order by c.size
$$;

create function links.list_leaves(after bigint, at_most integer)
returns table (index bigint, organisation text, n bigint, hash bytea)
language sql stable security definer
set search_path = pg_catalog, pg_temp set work_mem = '32MB'
as $$
    select l.index, l.organisation, l.n, l.hash from links.tree_leaf as l
    where l.index > after order by l.index limit at_most
$$;

create function links.find_leaf(hash bytea)
returns table (organisation text, n bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select l.organisation, l.n from links.tree_leaf as l where l.hash = find_leaf.hash limit 1
$$;

-- Every chain that anything tells of: its head, the span of its records, the span of its leaves,
-- and the leaf before its first record, which is what is left of records whose term has passed.
create function links.list_chains()
returns table (
    organisation text, head_n bigint, head_hash bytea, first_n bigint, last_n bigint,
    last_leaf_n bigint, before_index bigint, before_hash bytea
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select o.organisation, c.n, c.hash, r.first, r.last, l.last, b.index, b.hash
    from (
        select organisation from links.chain
        union select organisation from links.record
        union select organisation from links.tree_leaf where organisation <> ''
    ) as o
    left join links.chain as c using (organisation)
    cross join lateral (
        select min(n) as first, max(n) as last from links.record as r
        where r.organisation = o.organisation
    ) as r
    cross join lateral (
        select max(n) as last from links.tree_leaf as l where l.organisation = o.organisation
    ) as l
    left join links.tree_leaf as b
        on b.organisation = o.organisation and b.n = coalesce(r.first - 1, l.last)
    order by o.organisation
$$;

-- Records numbered after `after`, up to `span` numbers on, whether they are there or not; `request`
-- is the digest of the signed request that is kept of it, sealed.
create function links.list_records(organisation text, after bigint, span bigint)
returns table (
    n bigint, microseconds bigint, body text, prev bytea, hash bytea,
    leaf_index bigint, leaf_hash bytea, request bytea
)
language sql stable security definer
set search_path = pg_catalog, pg_temp set work_mem = '64MB'
as $$
    select r.n, (extract(epoch from r.at) * 1000000)::bigint, r.body, r.prev, r.hash,
        l.index, l.hash, sha256(s.sealed)
    from links.record as r
    left join links.tree_leaf as l on l.organisation = r.organisation and l.n = r.n
    left join links.sealed_request as s on s.organisation = r.organisation and s.n = r.n
    where r.organisation = list_records.organisation
        and r.n > list_records.after and r.n <= list_records.after + list_records.span
    order by r.n, r.at
$$;

-- Who was delivered by records of these numbers; `is_told` is whether the person concerned is told
-- of it when, and of what kind, the deliberation says.
create function links.list_delivered(organisation text, after bigint, span bigint)
returns table (
    n bigint, audit_ref bytea, microseconds bigint, deliberation text, version integer,
    is_told boolean
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select d.n, d.audit_ref, (extract(epoch from d.at) * 1000000)::bigint, d.deliberation,
        d.version,
        g.id is null or (
            d.kind = any (g.kinds) and d.visible_from is not distinct from
            case g.citizen_visibility
                when 'immediate' then d.at
                when 'deferred' then d.at + make_interval(days => g.defer_days)
            end
        )
    from links.delivered as d
    left join links.deliberation as g on g.id = d.deliberation and g.version = d.version
    where d.organisation = list_delivered.organisation
        and d.n > list_delivered.after and d.n <= list_delivered.after + list_delivered.span
$$;

-- What was asked in a month in UTC, by organisation and by the deliberation that was named.
create function links.count_records(month date)
returns table (organisation text, deliberation text, allowed bigint, refused bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select r.organisation, b.body ->> 'deliberation',
        count(*) filter (where b.body ->> 'type' = 'intent'),
        count(*) filter (where b.body ->> 'type' = 'refusal')
    from links.record as r
    cross join lateral (select r.body::jsonb as body) as b
    where r.at >= date_trunc('month', month::timestamp) at time zone 'UTC'
        and r.at < (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC'
        and b.body ->> 'type' in ('intent', 'refusal')
    group by 1, 2
$$;

-- The cells that a month's counts have, whether anybody asked or not.
create function links.list_counted_cells(month date)
returns table (organisation text, deliberation text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select distinct d.organisation, d.id from links.deliberation as d
    where d.approved_at
        < (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC'
    order by 1, 2
$$;

create function links.find_first_month() returns date
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select date_trunc('month', min(c.at) at time zone 'UTC')::date from links.checkpoint as c
$$;

create function links.list_published_organisations()
returns table (number text, name text, category text, status text, contact text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select o.number, o.name, o.category, o.status, o.contact
    from links.organisation as o order by o.number
$$;

-- Months whose last record is ten years old: first their keys are destroyed, then they go. Records
-- of a month that nobody had made room for are in record_default.
create function links.list_due_months() returns setof text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select to_char(p.month, 'YYYY-MM')
    from (
        select date_trunc('month', r.at at time zone 'UTC') as month from links.record_default as r
        union
        select to_date(substr(c.relname, 8), 'YYYY_MM') as month
        from pg_inherits as i
        join pg_class as c on c.oid = i.inhrelid
        where i.inhparent = 'links.record'::regclass
            and c.relname ~ '^record_[0-9]{4}_[0-9]{2}$'
    ) as p
    where (p.month + interval '10 years 1 month') at time zone 'UTC' <= links.moment()
    order by 1
$$;

-- Leaves and checkpoints stay: what is left of the log still proves itself. Returns the months.
-- Who asks does not wait behind it: it gives way to a verification and is tried again.
create function links.drop_due_records() returns setof text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
as $$
declare
    due text;
    begins timestamptz;
    ends timestamptz;
begin
    for due in select * from links.list_due_months() loop
        begins := to_timestamp(due, 'YYYY-MM')::timestamp at time zone 'UTC';
        ends := (to_timestamp(due, 'YYYY-MM')::timestamp + interval '1 month') at time zone 'UTC';
        with due as (
            select r.organisation, r.n from links.record as r where r.at >= begins and r.at < ends
        ), gone as (
            delete from links.sealed_request as s using due
            where s.organisation = due.organisation and s.n = due.n
        )
        delete from links.delivered as d using due
        where d.organisation = due.organisation and d.n = due.n;
        execute format('drop table if exists links.%I', 'record_' || replace(due, '-', '_'));
        delete from links.record_default as r where r.at >= begins and r.at < ends;
        return next due;
    end loop;
end $$;

-- What is kept for a while only, to be found out or told; returns how many rows went.
create function links.drop_passed() returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    with tokens as (
        delete from links.seen_token where expires_at < links.moment() returning 1
    ), handles as (
        delete from links.handle where expires_at < links.moment() returning 1
    ), questions as (
        delete from links.asked where day < (select links.today() - 30) returning 1
    ), compared as (
        -- Of use on its day alone; what is the same for all organisations is not kept beside them.
        update links.asked set shared_ref = null, street_ref = null
        where shared_ref is not null and day >= (select links.today() - 30)
            and day < (select links.today())
    ), counters as (
        delete from links.usage where day < links.today() - 30 returning 1
    ), notices as (
        delete from links.notice where at < links.moment() - interval '1 year' returning 1
    )
    select (select count(*) from tokens) + (select count(*) from handles)
        + (select count(*) from questions) + (select count(*) from counters)
        + (select count(*) from notices)
$$;

-- Links that ended, and what was written of links before it was corrected, once the term of their
-- kind has passed: the sources are the archive.
create function links.drop_ended_links() returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    with ended as (
        delete from links.link as l using links.kind as k
        where k.code = l.kind
            and (upper(l.valid) <= links.today() - k.retention_days
                or upper(l.recorded) <= links.moment() - make_interval(days => k.retention_days))
        returning 1
    )
    select count(*) from ended
$$;

-- What somebody must look at; facts are numbers of records and identifiers of deliberations.
create function links.list_alarms()
returns table (id bigint, at timestamptz, rule text, organisation text, facts jsonb)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select a.id, a.at, a.rule, a.organisation, a.facts from links.alarm as a
    where a.seen_at is null order by a.id
$$;

-- Somebody has looked: it is told again when it happens again. The row stays.
create function links.see_alarm(id bigint) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update links.alarm as a set seen_at = links.moment()
    where a.id = see_alarm.id and a.seen_at is null;
    return found;
end $$;

grant execute on function links.list_alarms() to links_govern, links_audit;
grant execute on function links.see_alarm(bigint) to links_govern;
grant execute on function
    links.take_leaves(integer),
    links.insert_checkpoint(bigint, bytea, text),
    links.append_cosignature(bigint, text),
    links.list_checkpoints(bigint),
    links.list_leaves(bigint, integer),
    links.find_leaf(bytea),
    links.list_chains(),
    links.list_records(text, bigint, bigint),
    links.list_delivered(text, bigint, bigint),
    links.count_records(date),
    links.list_counted_cells(date),
    links.find_first_month(),
    links.list_published_organisations(),
    links.list_due_months(),
    links.drop_due_records(),
    links.drop_passed(),
    links.drop_ended_links(),
    links.raise_alarm(text, text, jsonb, boolean)
to links_audit;
