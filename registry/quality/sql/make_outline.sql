-- The outlines in use, those imported with a rim: their borders are drawn 100 m off here and there.
create temp table outline on commit drop as
select o.municipality_id, o.origin, o.geometry,
       case o.origin when 'hull' then o.geometry
            else st_simplifypreservetopology(st_buffer(o.geometry, 100, 4), 5) end as wide
from registry.municipality_outline o
where o.replaced_at is null and o.municipality_id in (select municipality_id from house)
