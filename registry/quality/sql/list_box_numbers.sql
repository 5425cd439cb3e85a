select box_number
from registry.address_version
where region = %(region)s and seq_to is null and box_number is not null
group by box_number
