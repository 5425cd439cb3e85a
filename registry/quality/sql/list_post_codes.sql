select postal_code, municipality_id
from registry.address_version
where region = %(region)s and seq_to is null and postal_code is not null
group by postal_code, municipality_id
