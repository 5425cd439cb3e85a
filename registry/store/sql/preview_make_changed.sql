-- What a release does to objects of one kind, with the versions before and after it.
create temp table {changed} on commit drop as
select v.object_id, v.change, v.seq_from as seq, p.seq_from as old_from, v.seq_from as new_from,
       {municipality} as municipality_id
from {version} v
left join {version} p
  on p.region = v.region and p.object_id = v.object_id and p.seq_to = v.seq_from
where v.region = %(region)s and v.seq_from between %(first_seq)s and %(last_seq)s
union all
select v.object_id, 'removed', v.seq_to, v.seq_from, null, {municipality}
from {version} v
where v.region = %(region)s and v.removed_at is not null
  and v.seq_to between %(first_seq)s and %(last_seq)s
