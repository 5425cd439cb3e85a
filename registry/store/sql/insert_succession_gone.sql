-- Removed, or retired. What was retired when it was removed had gone before.
insert into {gone}
select v.*, v.seq_to
from {version} v
where v.region = %(region)s and v.seq_to between %(first_seq)s and %(last_seq)s
  and v.removed_at is not null and coalesce(v.status, '') <> all(%(ended)s)
union all
select v.*, v.seq_from
from {version} v
where v.region = %(region)s and v.seq_from between %(first_seq)s and %(last_seq)s
  and v.change = 'retired'
