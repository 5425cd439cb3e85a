insert into {come}
select v.*
from {version} v
where v.region = %(region)s and v.seq_from between %(first_seq)s and %(last_seq)s
  and v.change in ('added', 'restored') and coalesce(v.status, '') <> all(%(ended)s)
