-- House numbers outside their municipality. Looked for only in streets that are not wholly inside; in
-- the order of municipalities, so that each outline is prepared once.
insert into noted
with border as materialized (
    select street_name_id
    from (
        select s.street_name_id, o.wide,
               st_makeenvelope(s.west, s.south, s.east, s.north, 3812) as box
        from street s
        join outline o using (municipality_id)
        order by s.municipality_id offset 0
    ) compared
    where not st_covers(wide, box)
),
outside as materialized (
    select *
    from (
        select h.object_id, o.origin, o.geometry, o.wide,
               st_setsrid(st_makepoint(h.west, h.south), 3812) as point
        from house h
        join border using (street_name_id)
        join outline o on o.municipality_id = h.municipality_id
        where h.west is not null
        order by h.municipality_id offset 0
    ) compared
    where not st_covers(wide, point)
)
select 'outsideMunicipality', 'address', o.object_id,
       format('%%s m outside%%s%%s', round(st_distance(o.geometry, o.point)),
              case o.origin when 'hull' then ' the hull of its streets, for want of its outline' end,
              ', in ' || (
                  select t.municipality_id
                  from registry.municipality_outline t
                  where t.replaced_at is null and t.origin = 'imported'
                    and st_covers(t.geometry, o.point)
                  order by t.municipality_id desc
                  limit 1
              ))
from outside o
