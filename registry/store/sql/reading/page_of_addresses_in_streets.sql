select a.*, null::double precision as distance
from (select id from unnest(%(street_name_ids)s::text[]) as id order by id collate "C") street
join best.address_version a on a.street_name_id = street.id collate "C"
where a.region = %(region)s
  and {known_a}
  and {filters}
order by street.id collate "C", a.sort_key, a.object_id
limit %(limit)s
