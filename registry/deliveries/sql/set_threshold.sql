insert into deliveries.guard_threshold (region, guard, value, set_at, set_by)
values (%(region)s, %(guard)s, %(value)s, %(now)s, %(by)s)
