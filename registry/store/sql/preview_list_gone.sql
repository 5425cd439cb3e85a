-- What goes, by the addresses in use that hung on it.
select c.object_id, c.municipality_id, {old_names}, c.change, count(a.object_id) as addresses,
       count(*) over () as gone
from {changed} c
join {version} p
  on p.region = %(region)s and p.object_id = c.object_id and p.seq_from = c.old_from
left join registry.address_version a
  on a.region = %(region)s and a.{reference} = c.object_id and a.seq_from < %(first_seq)s
 and (a.seq_to is null or a.seq_to >= %(first_seq)s) and coalesce(a.status, '') <> all(%(ended)s)
where c.change in ('removed', 'retired')
group by c.object_id, c.municipality_id, {old_names}, c.change
order by addresses desc, c.object_id
limit %(limit)s
