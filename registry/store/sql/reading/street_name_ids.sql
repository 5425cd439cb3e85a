select v.region, v.object_id
from best.street_name_version v
where v.seq_from <= %(seq)s and (v.seq_to is null or v.seq_to > %(seq)s)
  and {filters}
order by v.region, v.object_id
limit %(limit)s
