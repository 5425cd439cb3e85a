select client_id, agency_id, name, added_at, removed_at, array(
    select k.kid from deliveries.member_key k
    where k.client_id = m.client_id and k.retired_at is null
    order by k.added_at, k.kid
) as kids
from deliveries.member m
where agency_id = %(id)s
order by client_id
