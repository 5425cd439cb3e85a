copy outline_read (municipality_id, geojson) from stdin
