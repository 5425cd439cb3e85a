select k.kid, k.jwk
from deliveries.member_key k
join deliveries.member m on m.client_id = k.client_id
join deliveries.agency a on a.id = m.agency_id
where k.client_id = %(id)s and k.retired_at is null
  and m.removed_at is null and a.suspended_at is null
