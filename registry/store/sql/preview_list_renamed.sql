-- What is renamed, by the addresses in use that hang on the name.
select c.object_id, c.municipality_id, {old_names}, {new_names}, count(a.object_id) as addresses
from {changed} c
join {version} v
  on v.region = %(region)s and v.object_id = c.object_id and v.seq_from = c.new_from
join {version} p
  on p.region = %(region)s and p.object_id = c.object_id and p.seq_from = c.old_from
left join registry.address_version a
  on a.region = %(region)s and a.{reference} = c.object_id and a.seq_to is null
 and coalesce(a.status, '') <> all(%(ended)s)
where ({new_names}) is distinct from ({old_names})
group by c.object_id, c.municipality_id, {old_names}, {new_names}
order by addresses desc, c.object_id
limit %(limit)s
