-- What the other files stand on: nobody has anything unless it is granted, clocks, partitions.

-- Of every function and type that the owner ever makes, in every schema.
alter default privileges revoke execute on functions from public;
alter default privileges revoke usage on types from public;

revoke all on schema links from public;
revoke all on all tables in schema links from public;
revoke all on all sequences in schema links from public;
revoke all on all functions in schema links from public;
grant usage on schema links
    to links_api, links_ingest, links_govern, links_citizen, links_audit;

-- Every function asks these two for the time, so that tests may move the clock as the owner.
-- In PL/pgSQL, which keeps plans for the session: each question asks ten times.
create function links.moment() returns timestamptz
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$ begin return clock_timestamp(); end $$;
comment on function links.moment() is 'the present moment';

create function links.today() returns date
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$ begin return (links.moment() at time zone 'Europe/Brussels')::date; end $$;
comment on function links.today() is 'the day in Brussels';

create table links.link_rn partition of links.link for values in ('RN');
create table links.link_ent partition of links.link for values in ('ENT');
create table links.link_veh partition of links.link for values in ('VEH');
create table links.link_pat partition of links.link for values in ('PAT');

create table links.record_default partition of links.record default;

create function links.make_record_partitions() returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    begins date;
    partition text;
    made integer := 0;
begin
    for months in 0..2 loop
        begins := date_trunc('month', links.moment() at time zone 'UTC')::date
            + make_interval(months => months);
        partition := 'record_' || to_char(begins, 'YYYY_MM');
        continue when to_regclass('links.' || partition) is not null
            -- A clock that jumped has put records of that month into the default partition.
            or exists (
                select from links.record_default
                where at >= begins::timestamp at time zone 'UTC'
                    and at < (begins + interval '1 month') at time zone 'UTC'
            );
        execute format(
            'create table links.%I partition of links.record for values from (%L) to (%L)',
            partition,
            begins::timestamp at time zone 'UTC',
            (begins + interval '1 month') at time zone 'UTC'
        );
        made := made + 1;
    end loop;
    return made;
end $$;
comment on function links.make_record_partitions() is
    'makes the partitions of record for this month and the two that follow; returns how many';

select links.make_record_partitions();

insert into links.sector (code, active_kids)
values ('RN', '{1}'), ('ENT', '{1}'), ('VEH', '{1}'), ('PAT', '{1}');

grant execute on function links.make_record_partitions() to links_audit;
