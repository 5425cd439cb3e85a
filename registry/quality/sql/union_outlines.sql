-- Polygons of one code become one outline; rings that cross themselves are mended.
insert into outline_drawn
select municipality_id,
       st_multi(st_collectionextract(
           st_union(st_makevalid(st_setsrid(st_geomfromgeojson(geojson), 3812))), 3))
from outline_read
group by municipality_id
