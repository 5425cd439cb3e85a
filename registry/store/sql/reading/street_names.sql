select v.region, v.object_id, v.version_id, v.namespace, v.seq_from, v.status,
       v.valid_from, v.valid_to, v.valid_from_assumed, v.life_begin, v.life_end,
       v.name_nl, v.name_fr, v.name_de, v.homonym_addition, v.street_name_type,
       v.municipality_id, m.object_id as municipality_found, m.name_nl as municipality_nl,
       m.name_fr as municipality_fr, m.name_de as municipality_de, m.name_en as municipality_en{dated}
from best.street_name_version v
left join best.municipality_version m
  on m.region = v.region and m.object_id = v.municipality_id
 and {known_m}
where {known_v}
  and {filters}
order by v.region, v.object_id
limit %(limit)s
