-- The newest (full) file of one kind that the region's current data rests on; not one that was
-- taken back.
select extracted_at, seen, container
from registry.source
where region = %(region)s and resource = %(resource)s and dataset = %(dataset)s
  and family = %(family)s and (complete or not %(complete)s) and id <> %(own_id)s
  and not exists (
      select from registry.release r
      where r.region = %(region)s and release_number >= r.undoes and release_number < r.number
  )
order by imported_at desc, id desc
limit 1
