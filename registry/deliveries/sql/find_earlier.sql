select e.id
from deliveries.delivery d
join deliveries.delivery e
  on e.agency_id = d.agency_id and e.region = d.region
 and (e.extracted_at, e.number) < (d.extracted_at, d.number)
where d.id = %(id)s and not d.complete
  and e.state in ('receiving', 'received', 'checking', 'checked', 'awaitingSecondPerson', 'publishing', 'failed')
order by e.extracted_at, e.number
limit 1
