update deliveries.delivery
set received = %(received)s, size = coalesce(%(size)s, size), version = version + 1
where id = %(id)s and version = %(version)s and state = 'receiving'
returning *
