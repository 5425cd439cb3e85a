select region, object_id, name_nl, name_fr, name_de
from best.postal_info_version
where seq_to is null
order by object_id, region
