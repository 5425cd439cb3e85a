select first_ones.*
from (
    select distinct on (ranked.distance, ranked.position) ranked.*
    from (
        select a.*, a.position <-> %(point)s::geometry as distance,
               dense_rank() over (order by a.position <-> %(point)s::geometry) as place
        from best.address_version a
        where st_dwithin(a.position, %(point)s::geometry, %(radius)s)
          and {known_a}
          and {filters}
    ) ranked
    where ranked.place <= %(limit)s
    order by ranked.distance, ranked.position, ranked.sort_key, ranked.region, ranked.object_id
) first_ones
order by first_ones.distance, first_ones.region, first_ones.object_id
limit %(limit)s
