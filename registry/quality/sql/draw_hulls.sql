-- Where no outline was imported: the hull of the extents of the municipality's streets, without those
-- whose middle is more than twice as far out as nineteen in twenty, and a rim of 500 m. A street of
-- more than 3 km has an address on a wrong point, or may have: it counts with its middle. Only when
-- the hull differs by 1 %%.
insert into outline_drawn
with measured as (
    select s.municipality_id,
           case when greatest(s.east - s.west, s.north - s.south) > 3000
                then st_setsrid(st_makepoint(s.x, s.y), 3812)
                else st_makeenvelope(s.west, s.south, s.east, s.north, 3812) end as extent,
           s.x, s.y, sqrt((s.x - m.x) ^ 2 + (s.y - m.y) ^ 2) as distance
    from street s
    join (
        select municipality_id, percentile_disc(0.5) within group (order by x) as x,
               percentile_disc(0.5) within group (order by y) as y
        from street
        group by municipality_id
        having count(*) >= 30
    ) m using (municipality_id)
),
limited as (
    select municipality_id,
           greatest(2 * percentile_disc(0.95) within group (order by distance), 2000) as furthest
    from measured
    group by municipality_id
),
drawn as (
    select m.municipality_id,
           st_multi(st_buffer(st_convexhull(st_collect(extent order by x, y)), 500, 4)) as geometry
    from measured m
    join limited l using (municipality_id)
    where m.distance <= l.furthest
    group by m.municipality_id
)
select d.municipality_id, d.geometry
from drawn d
left join registry.municipality_outline o
  on o.municipality_id = d.municipality_id and o.replaced_at is null
where o.municipality_id is null
   or (o.origin = 'hull'
       and st_area(st_symdifference(o.geometry, d.geometry)) > 0.01 * st_area(o.geometry))
