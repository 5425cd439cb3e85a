-- Scores of the region, and of its municipalities where they are other than the last. The region's
-- is always written: it says that this number has been inspected.
insert into registry.quality_score
with objects as (
    select municipality_id, count(*) as objects
    from (
        select municipality_id from registry.address_version
        where region = %(region)s and seq_to is null
        union all
        select municipality_id from registry.street_name_version
        where region = %(region)s and seq_to is null
    ) o
    group by municipality_id
),
told as (
    select f.resource, f.object_id, coalesce(m.mark = 'exception', false) as is_exception,
           r.severity, coalesce(a.municipality_id, n.municipality_id, f.municipality_id, '')
               as municipality_id
    from registry.finding f
    join unnest(%(rules)s::text[], %(severities)s::text[]) r (rule, severity) using (rule)
    left join registry.finding_mark m
      on m.region = f.region and m.rule = f.rule and m.resource = f.resource
     and m.object_id = f.object_id and m.withdrawn_at is null
    left join registry.address_version a
      on f.resource = 'address' and a.region = f.region and a.object_id = f.object_id
     and a.seq_to is null
    left join registry.street_name_version n
      on f.resource = 'street_name' and n.region = f.region and n.object_id = f.object_id
     and n.seq_to is null
    where f.region = %(region)s and f.seq_to is null
),
counted as (
    select municipality_id,
           count(distinct (resource, object_id)) filter (
               where not is_exception and severity <> 'remark'
                 and resource in ('address', 'street_name') and object_id <> '') as affected,
           count(*) filter (where not is_exception and severity = 'error') as errors,
           count(*) filter (where not is_exception and severity = 'warning') as warnings,
           count(*) filter (where not is_exception and severity = 'remark') as remarks,
           count(*) filter (where is_exception) as exceptions
    from told
    group by municipality_id
),
latest as (
    select distinct on (municipality_id) *
    from registry.quality_score
    where region = %(region)s
    order by municipality_id, seq desc
),
scored as (
    select coalesce(o.municipality_id, l.municipality_id) as municipality_id,
           coalesce(o.objects, 0) as objects, coalesce(c.affected, 0) as affected,
           coalesce(c.errors, 0) as errors, coalesce(c.warnings, 0) as warnings,
           coalesce(c.remarks, 0) as remarks, coalesce(c.exceptions, 0) as exceptions
    from objects o
    full join (select municipality_id from latest where municipality_id <> '') l
      using (municipality_id)
    left join counted c on c.municipality_id = coalesce(o.municipality_id, l.municipality_id)
    union all
    select '', (select coalesce(sum(objects), 0) from objects), coalesce(sum(affected), 0),
           coalesce(sum(errors), 0), coalesce(sum(warnings), 0), coalesce(sum(remarks), 0),
           coalesce(sum(exceptions), 0)
    from counted
)
select %(region)s, s.municipality_id, %(seq)s, s.objects, least(s.affected, s.objects), s.errors,
       s.warnings, s.remarks, s.exceptions,
       case when s.objects = 0 then 100
            else 100.0 * (s.objects - least(s.affected, s.objects)) / s.objects end
from scored s
left join latest l using (municipality_id)
where s.municipality_id = ''
   or (s.objects, s.affected, s.errors, s.warnings, s.remarks, s.exceptions)
    is distinct from (l.objects, l.affected, l.errors, l.warnings, l.remarks, l.exceptions)
on conflict (region, municipality_id, seq) do update
set objects = excluded.objects, affected = excluded.affected, errors = excluded.errors,
    warnings = excluded.warnings, remarks = excluded.remarks, exceptions = excluded.exceptions,
    score = excluded.score
