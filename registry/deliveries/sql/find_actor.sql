select m.client_id, a.id as agency_id, a.name as agency_name
from deliveries.member m
join deliveries.agency a on a.id = m.agency_id
where m.client_id = %(id)s and m.removed_at is null and a.suspended_at is null
