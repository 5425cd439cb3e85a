update deliveries.member set removed_at = %(now)s where client_id = %(id)s and removed_at is null
