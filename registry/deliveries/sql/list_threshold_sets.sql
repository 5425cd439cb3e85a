select guard, value, set_at, set_by from deliveries.guard_threshold
where region = %(region)s
order by id
