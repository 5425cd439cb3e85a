select s.region, s.resource, s.object_id, s.successor_id, s.basis, s.rule, s.evidence,
       s.happened_at, s.seq_from, case when s.seq_to <= %(seq)s then s.seq_to end as seq_to
from best.succession s
where s.seq_from <= %(seq)s and s.seq_from >= %(first)s
  and (s.seq_from, s.region, s.resource, s.object_id, s.successor_id)
    > (%(after)s, %(after_region)s, %(after_resource)s, %(after_id)s, %(after_successor)s)
  and (%(region)s::text is null or s.region = %(region)s)
  and (%(resource)s::text is null or s.resource = %(resource)s)
order by s.seq_from, s.region, s.resource, s.object_id, s.successor_id
limit %(limit)s
