-- Whether a richer family has listed all there is of a kind, and whether it has told of any of it.
select coalesce(bool_or(complete), false) as outlisted, count(*) > 0 as outranked
from registry.source
where region = %(region)s and resource = %(resource)s and dataset = %(dataset)s
  and rank > %(rank)s
  and not exists (
      select from registry.release r
      where r.region = %(region)s and release_number >= r.undoes and release_number < r.number
  )
