select distinct municipality_id
from outline_read
where not st_isvalid(st_geomfromgeojson(geojson))
order by municipality_id
