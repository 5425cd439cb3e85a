select v.region, v.object_id, v.seq_from, v.seq_to, v.change, v.removed_at, v.status,
       v.valid_from, v.valid_to, v.valid_from_assumed, {record} as record
from {versions} v
where v.object_id = %(object_id)s and v.region = any(%(regions)s::text[])
  and v.seq_from <= %(seq)s
order by v.region, v.seq_from
