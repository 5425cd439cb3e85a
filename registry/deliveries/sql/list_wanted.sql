select id, state
from deliveries.delivery
where %(id)s in (publisher, second_publisher)
  and (state in ('awaitingSecondPerson', 'publishing') or undoing)
order by number
