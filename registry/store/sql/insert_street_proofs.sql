-- Leaves are hashed by several processes where there are, so they are made before they are put
-- in order.
insert into registry.proof_street (region, municipality_id, street_name_id, digest, records)
select %(region)s, municipality_id, street_name_id,
       sha256('\x01'::bytea || string_agg(leaf, ''::bytea order by is_address, object_id)),
       count(*)
from (
    select v.municipality_id, v.object_id as street_name_id, false as is_address, v.object_id,
           sha256('\x00'::bytea || convert_to({street_name_record}, 'UTF8')) as leaf
    from touched_street t
    join registry.street_name_version v
      on v.municipality_id = t.municipality_id and v.object_id = t.street_name_id
    where v.region = %(region)s and v.seq_to is null
    union all
    select v.municipality_id, v.street_name_id, true, v.object_id,
           sha256('\x00'::bytea || convert_to({address_record}, 'UTF8'))
    from touched_street t
    join {version} v
      on v.municipality_id = t.municipality_id and v.street_name_id = t.street_name_id
    where v.region = %(region)s and v.seq_to is null
) record
group by municipality_id, street_name_id
