select a.*, null::double precision as distance
from best.address_version a
where a.region = %(region)s
  and {known_a}
  and {filters}
order by a.street_name_id, a.sort_key, a.object_id
limit %(limit)s
