select id, number, region, municipality_id, address_id, st_x(position) as x, st_y(position) as y,
       kind, text, state, reason, release_number, created_at, state_at, answered_by
from deliveries.report
where region = any (%(regions)s)
  and number > %(after)s
  and (%(state)s::text is null or state = %(state)s)
order by number
limit %(limit)s
