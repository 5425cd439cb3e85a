select distinct on (region, municipality_id) region, municipality_id, digest, records
from registry.proof
order by region, municipality_id, release_number desc
