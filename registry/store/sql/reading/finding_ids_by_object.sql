select f.id
from best.finding f
where f.region = any(%(regions)s) and f.resource = any(%(resources)s) and f.rule = any(%(rules)s)
  and f.object_id = %(object_id)s
  and (f.seq_to is null) = any(%(open)s) and f.id > %(after)s and {conditions}
order by f.id
limit %(limit)s
