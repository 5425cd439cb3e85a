update deliveries.member_key set retired_at = %(now)s
where client_id = %(id)s and retired_at is null and kid is distinct from %(kept)s
returning kid
