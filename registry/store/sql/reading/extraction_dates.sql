-- How old the data of each region is: it rests on what the richest format has told.
select distinct on (region, dataset) region, dataset, extracted_at
from best.source
order by region, dataset, rank desc, extracted_at desc
