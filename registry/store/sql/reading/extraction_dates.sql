select region, dataset, max(extracted_at) as extracted_at
from best.source
group by region, dataset
