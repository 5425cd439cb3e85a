select state, exists (
    select from best.release b where b.region = r.region and b.number = %(release)s
)
from deliveries.report r
where id = %(id)s and region = any (%(regions)s)
for update
