select * from deliveries.delivery
where agency_id = %(agency_id)s
  and number > %(after)s
  and (%(state)s::text is null or state = %(state)s)
  and (%(region)s::text is null or region = %(region)s)
order by number
limit %(limit)s
