select region, object_id, name_nl, name_fr, name_de, name_en
from best.municipality_version
where seq_to is null
order by region, object_id
