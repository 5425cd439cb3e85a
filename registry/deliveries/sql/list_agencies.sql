select id, name, added_at, suspended_at from deliveries.agency order by id
