select state, count(*) as count
from best.report
where municipality_id = %(municipality_id)s
group by state
