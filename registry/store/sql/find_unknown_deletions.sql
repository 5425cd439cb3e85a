-- What a file of mutations deletes, and is not current.
insert into found (rule, resource, object_id, detail, source_id, source_offset)
select 'unknownDeletion', d.resource, d.object_id,
       case when i.object_id is null then 'never seen' else 'gone already' end,
       d.source_id, d.source_offset
from deletion d
left join {identity} i on i.region = %(region)s and i.object_id = d.object_id
where d.resource = %(resource)s
  and not exists (
      select from {version} c
      where c.region = %(region)s and c.seq_to is null and c.object_id = d.object_id
  )
