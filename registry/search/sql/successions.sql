select region || '-' || object_id, region || '-' || successor_id
from best.succession
where seq_to is null and resource in ('street_name', 'address')
order by region, resource, object_id, successor_id
