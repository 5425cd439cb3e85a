-- Further from the middle of its street than 3 km and five times what three quarters of it are.
insert into noted
select 'farFromStreet', 'address', object_id,
       format('%%s m from the middle of its street, three quarters of which lie within %%s m',
              round(distance), round(usual))
from (
    select h.object_id, h.street_name_id,
           sqrt((h.west - s.x) ^ 2 + (h.south - s.y) ^ 2) as distance
    from house h
    join street s using (street_name_id)
    where h.west is not null and s.houses >= 5 and greatest(s.east - s.west, s.north - s.south) > 3000
) near
join (
    select h.street_name_id,
           percentile_cont(0.75) within group (
               order by sqrt((h.west - s.x) ^ 2 + (h.south - s.y) ^ 2)
           ) as usual
    from house h
    join street s using (street_name_id)
    where h.west is not null and s.houses >= 5 and greatest(s.east - s.west, s.north - s.south) > 3000
    group by h.street_name_id
) extent using (street_name_id)
where distance > 3000 and distance > 5 * usual
