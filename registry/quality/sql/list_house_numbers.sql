select house_number
from registry.address_version
where region = %(region)s and seq_to is null
group by house_number
