select * from deliveries.delivery
where region = %(region)s and state not in ('published', 'rejected', 'withdrawn', 'superseded')
order by number
for update
