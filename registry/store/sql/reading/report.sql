select id, region, municipality_id, address_id, st_x(position) as x, st_y(position) as y, kind,
       state, reason, release_number, created_at, state_at
from best.report
where id = %(id)s
