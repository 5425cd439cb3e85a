select 1
from {versions} v
where v.object_id = %(object_id)s and v.region = any(%(regions)s::text[])
  and v.seq_from <= %(seq)s and {begun}
limit 1
