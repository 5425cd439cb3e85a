copy reprojected (region, object_id, seq_from, position, longitude, latitude, datum_shift)
from stdin
