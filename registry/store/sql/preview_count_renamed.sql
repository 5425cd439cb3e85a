select count(*)
from {changed} c
join {version} v
  on v.region = %(region)s and v.object_id = c.object_id and v.seq_from = c.new_from
join {version} p
  on p.region = %(region)s and p.object_id = c.object_id and p.seq_from = c.old_from
where ({new_names}) is distinct from ({old_names})
