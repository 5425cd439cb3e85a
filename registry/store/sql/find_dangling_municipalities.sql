-- Current street names of a municipality that is not current in the region's list.
insert into found
select 'danglingMunicipality', 'street_name', n.object_id, n.municipality_id, n.source_id,
       n.source_offset
from registry.street_name_version n
where n.region = %(region)s and n.seq_to is null
  and not exists (
      select from registry.municipality_version t
      where t.region = %(region)s and t.object_id = n.municipality_id and t.seq_to is null
  )
