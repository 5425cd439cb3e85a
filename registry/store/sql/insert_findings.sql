-- A finding is known by rule and object; what cannot be named, by what was met.
insert into registry.finding (rule, region, resource, object_id, detail, source_id, source_offset,
                              seq_from, municipality_id)
select distinct on (n.rule, n.resource, n.object_id, case n.object_id when '' then n.detail end)
       n.rule, %(region)s, n.resource, n.object_id, n.detail, n.source_id, n.source_offset, %(seq)s,
       case n.resource
           when 'municipality' then nullif(n.object_id, '')
           when 'address' then (
               select v.municipality_id from {version} v
               where v.region = %(region)s and v.object_id = n.object_id and v.seq_to is null)
           when 'street_name' then (
               select v.municipality_id from registry.street_name_version v
               where v.region = %(region)s and v.object_id = n.object_id and v.seq_to is null)
       end
from found n
where not exists (
    select from registry.finding f
    where f.region = %(region)s and f.seq_to is null and f.rule = n.rule
      and f.resource = n.resource and f.object_id = n.object_id
      and (n.object_id <> '' or f.detail = n.detail)
)
order by n.rule, n.resource, n.object_id, case n.object_id when '' then n.detail end,
         n.source_offset
