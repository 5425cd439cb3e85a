select * from deliveries.delivery
where id = %(id)s and (%(agency_id)s::text is null or agency_id = %(agency_id)s)
