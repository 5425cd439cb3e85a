select v.region, v.object_id, v.version_id, v.namespace, v.seq_from, v.status,
       v.valid_from, v.valid_to, v.valid_from_assumed, v.life_begin, v.life_end,
       v.name_nl, v.name_fr, v.name_de{dated}
from best.postal_info_version v
where {known_v}
  and {filters}
order by v.region, v.object_id
limit %(limit)s
