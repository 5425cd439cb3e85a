-- How many addresses move further than the guard's distance, and how many lose their position.
select count(*) filter (where st_distance(p.position, v.position) > %(metres)s),
       count(*) filter (where p.position is not null and v.position is null)
from {changed} c
join {version} v
  on v.region = %(region)s and v.object_id = c.object_id and v.seq_from = c.new_from
join {version} p
  on p.region = %(region)s and p.object_id = c.object_id and p.seq_from = c.old_from
where coalesce(v.status, '') <> all(%(ended)s)
