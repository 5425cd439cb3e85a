select digest, records
from best.proof
where region = %(region)s and municipality_id = %(municipality_id)s
  and release_number <= %(number)s
order by release_number desc
limit 1
