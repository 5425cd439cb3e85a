select m.region, m.object_id as municipality_id, m.object_id as municipality_found,
       m.name_nl as municipality_nl, m.name_fr as municipality_fr,
       m.name_de as municipality_de, m.name_en as municipality_en
from best.municipality_outline o
join best.municipality_version m on m.object_id = o.municipality_id and {known_m}
where o.replaced_at is null and o.origin = 'imported'
  and st_covers(o.geometry, %(point)s::geometry)
order by m.object_id, m.region
limit 1
