select nearest.*
from (
    select a.*, a.position <-> %(point)s::geometry as distance
    from best.address_version a
    where st_dwithin(a.position, %(point)s::geometry, %(radius)s)
      and (a.position <-> %(point)s::geometry, a.region, a.object_id)
        > (%(after_distance)s::double precision, %(after_region)s::text, %(after_object_id)s::text)
      and {known_a}
      and {filters}
    order by a.position <-> %(point)s::geometry
    fetch first %(limit)s rows with ties
) nearest
order by nearest.distance, nearest.region, nearest.object_id
limit %(limit)s
