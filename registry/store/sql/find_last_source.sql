-- The newest full file of one kind that the region's current data rests on.
select extracted_at, seen, container
from registry.source
where region = %(region)s and resource = %(resource)s and dataset = %(dataset)s
  and family = %(family)s and complete and id <> %(own_id)s
order by imported_at desc, id desc
limit 1
