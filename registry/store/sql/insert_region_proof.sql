-- What belongs to no municipality: parts of municipalities, then postal infos.
insert into registry.proof (release_number, region, municipality_id, digest, records)
select %(number)s, %(region)s, '',
       sha256('\x01'::bytea || string_agg(leaf, ''::bytea order by is_postal_info, object_id)),
       count(*)
from (
    select false as is_postal_info, v.object_id,
           sha256('\x00'::bytea || convert_to({part_of_municipality_record}, 'UTF8')) as leaf
    from registry.part_of_municipality_version v
    where v.region = %(region)s and v.seq_to is null
    union all
    select true, v.object_id,
           sha256('\x00'::bytea || convert_to({postal_info_record}, 'UTF8'))
    from registry.postal_info_version v
    where v.region = %(region)s and v.seq_to is null
) record
