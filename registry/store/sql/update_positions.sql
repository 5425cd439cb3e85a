-- Derived columns only: no version, number or hash changes.
update registry.address_version v
set position = r.position, longitude = r.longitude, latitude = r.latitude,
    datum_shift = r.datum_shift
from reprojected r
where v.region = r.region and v.object_id = r.object_id and v.seq_from = r.seq_from
