select * from deliveries.delivery where id = %(id)s for update
