select region, rule, count(*) as count
from best.finding
where seq_to is null
group by region, rule
order by region, rule
