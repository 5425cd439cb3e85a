-- References of current addresses to objects that are not current in the region's lists, whichever
-- of the two files this import has.
insert into found
select 'danglingStreetName', 'address', n.object_id, n.street_name_id, n.source_id, n.source_offset
from {version} n
where n.region = %(region)s and n.seq_to is null
  and not exists (
      select from registry.street_name_version t
      where t.region = %(region)s and t.object_id = n.street_name_id and t.seq_to is null
  )
union all
select 'danglingMunicipality', 'address', n.object_id, n.municipality_id, n.source_id, n.source_offset
from {version} n
where n.region = %(region)s and n.seq_to is null
  and not exists (
      select from registry.municipality_version t
      where t.region = %(region)s and t.object_id = n.municipality_id and t.seq_to is null
  )
union all
select 'danglingPartOfMunicipality', 'address', n.object_id, n.part_id, n.source_id, n.source_offset
from {version} n
where n.region = %(region)s and n.seq_to is null
  and n.part_id is not null
  and not exists (
      select from registry.part_of_municipality_version t
      where t.region = %(region)s and t.object_id = n.part_id and t.seq_to is null
  )
union all
select 'danglingPostalInfo', 'address', n.object_id, n.postal_code, n.source_id, n.source_offset
from {version} n
where n.region = %(region)s and n.seq_to is null
  and n.postal_code is not null
  and not exists (
      select from registry.postal_info_version t
      where t.region = %(region)s and t.object_id = n.postal_code and t.seq_to is null
  )
