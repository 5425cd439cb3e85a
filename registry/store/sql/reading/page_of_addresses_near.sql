select near.*
from (
    select a.*, st_distance(a.position, %(point)s::geometry) as distance
    from best.address_version a
    where st_dwithin(a.position, %(point)s::geometry, %(radius)s)
      and a.seq_from <= %(seq)s and (a.seq_to is null or a.seq_to > %(seq)s)
      and {filters}
) near
where (near.distance, near.region, near.object_id)
    > (%(after_distance)s::double precision, %(after_region)s::text, %(after_object_id)s::text)
order by near.distance, near.region, near.object_id
limit %(limit)s
