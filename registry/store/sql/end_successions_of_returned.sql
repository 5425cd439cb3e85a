update registry.succession s
set seq_to = v.seq_from
from {version} v
where s.region = %(region)s and s.resource = %(resource)s and s.seq_to is null
  and v.region = %(region)s and v.object_id = s.object_id and v.change = 'restored'
  and v.seq_from between %(first_seq)s and %(last_seq)s and s.seq_from < v.seq_from
