insert into noted
select b.rule, 'address', v.object_id, b.detail
from registry.address_version v
join bad_value b on b.field = 'box_number' and b.value = v.box_number
where v.region = %(region)s and v.seq_to is null and coalesce(v.status, '') <> all(%(ended)s)
