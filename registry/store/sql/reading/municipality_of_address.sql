-- As it was last known: what left the register is asked about too.
select region, municipality_id
from best.address_version
where region = %(region)s and object_id = %(object_id)s and seq_from <= %(seq)s
order by seq_from desc
limit 1
