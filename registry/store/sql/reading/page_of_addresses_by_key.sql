select a.*, null::double precision as distance
from unnest(%(regions)s::text[], %(object_ids)s::text[]) as sought (region, object_id)
join best.address_version a on a.region = sought.region and a.object_id = sought.object_id
where {known_a}
