select region, max(number)
from registry.release r
where withdrawn_at is null
  and not exists (select from registry.proof p where p.region = r.region)
group by region
