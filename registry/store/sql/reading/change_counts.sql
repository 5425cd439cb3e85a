select {resource} as resource, v.change, count(*) as count
from {version} v
where v.region = %(region)s and v.seq_from > %(after)s and v.seq_from <= %(until)s
  and not v.seq_from::bigint <@ %(undone)s::int8multirange
  and {municipality} = %(municipality_id)s
group by v.change
union all
select {resource}, 'removed', count(*)
from {version} v
where v.region = %(region)s and v.removed_at is not null
  and v.seq_to > %(after)s and v.seq_to <= %(until)s
  and not v.seq_to::bigint <@ %(undone)s::int8multirange
  and {municipality} = %(municipality_id)s
having count(*) > 0
