update {version} v
set seq_to = d.seq, removed_at = d.removed_at
from {delta} d
where v.region = %(region)s and v.seq_to is null and v.object_id = d.object_id
  and d.change <> 'added'
