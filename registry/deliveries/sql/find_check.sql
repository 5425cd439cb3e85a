select delivery_id, number, made_at, report, preview, shape from deliveries.delivery_check
where delivery_id = %(id)s and (%(number)s::integer is null or number = %(number)s)
order by number desc
limit 1
