select d.id, c.shape
from deliveries.delivery d
join deliveries.delivery_check c on c.delivery_id = d.id and c.number = d.checks
where d.region = %(region)s and d.complete = %(complete)s and d.number < %(number)s
  and d.state = 'published' and d.undone_by is null and c.shape is not null
order by d.number desc
limit 1
