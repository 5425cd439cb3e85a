-- An outline smaller than a hectare is none; a municipality of several features may have such parts.
select place, municipality_id, round(area)
from (
    select min(place) as place, municipality_id,
           sum(st_area(st_makevalid(st_setsrid(st_geomfromgeojson(geojson), 3812)))) as area
    from outline_read
    group by municipality_id
) measured
where area < 10000
order by place
limit 1
