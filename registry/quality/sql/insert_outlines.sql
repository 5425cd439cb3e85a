insert into registry.municipality_outline (municipality_id, origin, source, made_at, geometry)
select municipality_id, %(origin)s, %(source)s, %(now)s, geometry
from outline_drawn
