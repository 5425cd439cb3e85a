-- More than twenty house numbers on one point: the point of a park or a street, not of each.
insert into noted
select 'manyOnOnePoint', 'address', h.object_id, p.houses || ' house numbers on this point'
from house h
join (
    select west, south, count(*) as houses
    from house
    where is_one_point
    group by west, south
    having count(*) > 20
) p using (west, south)
where h.is_one_point
