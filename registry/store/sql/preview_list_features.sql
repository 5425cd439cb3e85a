-- Changed addresses in the order of the changes, with where they are and were.
select c.object_id, c.change,
       p.longitude as old_longitude, p.latitude as old_latitude, v.longitude, v.latitude,
       case when v.object_id is not null then st_distance(p.position, v.position) end as metres,
       coalesce(v.house_number, p.house_number) as house_number,
       case when v.object_id is null then p.box_number else v.box_number end as box_number,
       case when v.object_id is null then p.postal_code else v.postal_code end as postal_code,
       c.municipality_id, s.name_nl as street_nl, s.name_fr as street_fr, s.name_de as street_de,
       m.name_nl as municipality_nl, m.name_fr as municipality_fr, m.name_de as municipality_de
from {changed} c
left join {version} v
  on v.region = %(region)s and v.object_id = c.object_id and v.seq_from = c.new_from
left join {version} p
  on p.region = %(region)s and p.object_id = c.object_id and p.seq_from = c.old_from
left join lateral (
    select name_nl, name_fr, name_de from registry.street_name_version n
    where n.region = %(region)s and n.object_id = coalesce(v.street_name_id, p.street_name_id)
    order by n.seq_from desc limit 1
) s on true
left join registry.municipality_version m
  on m.region = %(region)s and m.object_id = c.municipality_id and m.seq_to is null
where c.change <> 'reversioned'
order by c.seq
limit %(limit)s
