-- The addresses that move furthest: degrees before and after, metres between, and which they are.
with moved as (
    select c.object_id, st_distance(p.position, v.position) as metres,
           p.longitude as old_longitude, p.latitude as old_latitude, v.longitude, v.latitude,
           v.street_name_id, v.house_number, v.box_number, v.postal_code, c.municipality_id
    from {changed} c
    join {version} v
      on v.region = %(region)s and v.object_id = c.object_id and v.seq_from = c.new_from
    join {version} p
      on p.region = %(region)s and p.object_id = c.object_id and p.seq_from = c.old_from
    where st_distance(p.position, v.position) > 0
    order by metres desc, c.object_id
    limit %(limit)s
)
select moved.object_id, metres, old_longitude, old_latitude, longitude, latitude, house_number,
       box_number, postal_code, s.name_nl, s.name_fr, s.name_de, m.name_nl, m.name_fr, m.name_de
from moved
left join registry.street_name_version s
  on s.region = %(region)s and s.object_id = street_name_id and s.seq_to is null
left join registry.municipality_version m
  on m.region = %(region)s and m.object_id = moved.municipality_id and m.seq_to is null
order by metres desc, moved.object_id
