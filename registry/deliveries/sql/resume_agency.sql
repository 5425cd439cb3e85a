update deliveries.agency set suspended_at = null where id = %(id)s and suspended_at is not null
