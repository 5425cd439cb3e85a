copy outline_read (municipality_id, place, geojson) from stdin
