select region, object_id, name_nl, name_fr, name_de
from best.part_of_municipality_version
where seq_to is null
order by region, length(object_id), object_id
