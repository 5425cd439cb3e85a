update deliveries.agency set suspended_at = %(now)s where id = %(id)s and suspended_at is null
