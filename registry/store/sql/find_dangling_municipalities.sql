-- Street names of a municipality that the region's list does not have.
insert into found
select 'danglingMunicipality', 'street_name', n.object_id, n.municipality_id, n.source_id,
       n.source_offset
from staged_street_name n
where not exists (
    select from registry.municipality t
    where t.region = %(region)s and t.object_id = n.municipality_id
)
