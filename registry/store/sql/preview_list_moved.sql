-- The addresses that move furthest: degrees before and after, and metres between.
select c.object_id, st_distance(p.position, v.position) as metres,
       p.longitude, p.latitude, v.longitude, v.latitude
from {changed} c
join {version} v
  on v.region = %(region)s and v.object_id = c.object_id and v.seq_from = c.new_from
join {version} p
  on p.region = %(region)s and p.object_id = c.object_id and p.seq_from = c.old_from
where st_distance(p.position, v.position) > 0
order by metres desc, c.object_id
limit %(limit)s
