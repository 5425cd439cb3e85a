insert into noted
select b.rule, 'address', v.object_id, b.detail
from registry.address_version v
join bad_value b on b.field = 'post_code' and b.value = v.postal_code
                and b.municipality_id = v.municipality_id
where v.region = %(region)s and v.seq_to is null and coalesce(v.status, '') <> all(%(ended)s)
