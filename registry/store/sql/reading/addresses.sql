select a.region, a.object_id, a.version_id, a.namespace, a.seq_from, a.status,
       a.valid_from, a.valid_to, a.valid_from_assumed, a.life_begin, a.life_end,
       a.street_name_id, a.municipality_id, a.part_id, a.postal_code,
       a.house_number, a.box_number, a.sort_key, a.officially_assigned,
       a.published_position, a.published_crs, a.position_method, a.position_specification,
       st_x(a.position) as x, st_y(a.position) as y, a.longitude, a.latitude, a.datum_shift,
       a.distance,
       s.object_id as street_name_found, s.name_nl as street_nl, s.name_fr as street_fr,
       s.name_de as street_de, s.homonym_addition,
       m.object_id as municipality_found, m.name_nl as municipality_nl,
       m.name_fr as municipality_fr, m.name_de as municipality_de, m.name_en as municipality_en,
       t.object_id as part_found, t.name_nl as part_nl, t.name_fr as part_fr,
       t.name_de as part_de,
       p.object_id as postal_found, p.name_nl as postal_nl, p.name_fr as postal_fr,
       p.name_de as postal_de{dated}
from ({page}) a
left join best.street_name_version s
  on s.region = a.region and s.object_id = a.street_name_id
 and {known_s}
left join best.municipality_version m
  on m.region = a.region and m.object_id = a.municipality_id
 and {known_m}
left join best.part_of_municipality_version t
  on t.region = a.region and t.object_id = a.part_id
 and {known_t}
left join best.postal_info_version p
  on p.region = a.region and p.object_id = a.postal_code
 and {known_p}
order by {order}
