-- Names that a poorer list now spells as the richer one does.
update registry.finding f
set seq_to = %(last_seq)s
from {staged} n
where f.region = %(region)s and f.seq_to is null and f.rule = 'nameDiffersBetweenLists'
  and f.resource = %(resource)s and f.object_id = n.object_id
  and exists (select from registry.source s where s.id = f.source_id and s.family = %(family)s)
  and not exists (
      select from found d where d.rule = f.rule and d.resource = f.resource
        and d.object_id = f.object_id
  )
