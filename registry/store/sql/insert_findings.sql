insert into registry.finding (rule, region, resource, object_id, detail, source_id, source_offset,
                              seq_from)
select distinct on (n.rule, n.resource, n.object_id, n.detail)
       n.rule, %(region)s, n.resource, n.object_id, n.detail, n.source_id, n.source_offset, %(seq)s
from found n
where not exists (
    select from registry.finding f
    where f.region = %(region)s and f.seq_to is null and f.rule = n.rule
      and f.resource = n.resource and f.object_id = n.object_id and f.detail = n.detail
)
order by n.rule, n.resource, n.object_id, n.detail, n.source_offset
