update {version} v
set seq_to = d.seq,
    removed_at = case when d.change = 'removed' then %(extracted_at)s::timestamptz end
from {delta} d
where v.region = %(region)s and v.seq_to is null and v.object_id = d.object_id
  and d.change <> 'added'
