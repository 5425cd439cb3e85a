select v.region, v.object_id
from best.street_name_version v
where {known_v}
  and {filters}
order by v.region, v.object_id
limit %(limit)s
