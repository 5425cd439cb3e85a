-- Every version, oldest first: the last is what a street name is, or was; the others what it was
-- called before. The hash is what addresses.sql has for it.
select region, object_id, name_nl, name_fr, name_de, homonym_addition, municipality_id, status,
       seq_to is not null as is_gone, hashtextextended(object_id, ascii(region)) as hash
from best.street_name_version
order by region, length(object_id), object_id, seq_from
