insert into touched_street (municipality_id, street_name_id)
select municipality_id, object_id
from registry.street_name_version
where region = %(region)s and seq_to is null
union
select municipality_id, street_name_id
from {version}
where region = %(region)s and seq_to is null
