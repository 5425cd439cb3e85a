select newest
from (
    select max(extracted_at) as newest
    from best.source
    where dataset = 'open' and resource = 'address'
    group by region
) as regions
order by newest
limit 1
