-- What is current of one kind in one municipality, as it is proven.
select {street}, v.object_id, {record}
from {version} v
where v.region = %(region)s and v.seq_to is null and {municipality} = %(municipality_id)s
