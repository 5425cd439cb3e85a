select version, state, at, actor, detail from deliveries.delivery_event
where delivery_id = %(id)s
order by version
