-- The one way in for what the public reports, and what everybody may see of it.
create function deliveries.submit_report(
    new_id text, in_region text, in_municipality text, about_address text,
    x double precision, y double precision, of_kind text, with_text text, most_a_day integer
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
    -- One at a time in a municipality, so that counting is enough.
    perform pg_advisory_xact_lock(
        hashtext('deliveries.report'), hashtext(coalesce(in_municipality, in_region))
    );
    if (
        select count(*) from deliveries.report
        where region = in_region and municipality_id is not distinct from in_municipality
          and created_at > now() - interval '1 day'
    ) >= least(most_a_day, 1000) then
        return false;
    end if;
    insert into deliveries.report (
        id, region, municipality_id, address_id, position, kind, text, state, created_at, state_at
    ) values (
        new_id, in_region, in_municipality, about_address,
        case when x is null then null else st_setsrid(st_makepoint(x, y), 3812) end,
        of_kind, with_text, 'open', now(), now()
    );
    return true;
end $$;
comment on function deliveries.submit_report is
    'keeps a report unless its municipality had its share of them today; false: it had';

create view best.report as
select id, number, region, municipality_id, address_id, position, kind, state, reason,
       release_number, created_at, state_at
from deliveries.report;
comment on view best.report is
    'What people reported and what its owner answered; what they wrote is not in it.';

do $$
declare
    col record;
begin
    for col in
        select a.attname as name,
               col_description('deliveries.report'::regclass, t.attnum) as comment
        from pg_attribute a
        join pg_attribute t
          on t.attrelid = 'deliveries.report'::regclass and t.attname = a.attname
        where a.attrelid = 'best.report'::regclass and a.attnum > 0
    loop
        execute format('comment on column best.report.%I is %L', col.name, col.comment);
    end loop;
end $$;
