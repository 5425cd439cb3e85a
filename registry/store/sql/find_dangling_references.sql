-- References of addresses to objects that the region's lists never had.
insert into found
select 'danglingStreetName', 'address', n.object_id, n.street_name_id, n.source_id, n.source_offset
from staged_address n
where not exists (select from registry.street_name t
                  where t.region = %(region)s and t.object_id = n.street_name_id)
union all
select 'danglingMunicipality', 'address', n.object_id, n.municipality_id, n.source_id,
       n.source_offset
from staged_address n
where not exists (select from registry.municipality t
                  where t.region = %(region)s and t.object_id = n.municipality_id)
union all
select 'danglingPartOfMunicipality', 'address', n.object_id, n.part_id, n.source_id,
       n.source_offset
from staged_address n
where n.part_id is not null
  and not exists (select from registry.part_of_municipality t
                  where t.region = %(region)s and t.object_id = n.part_id)
union all
select 'danglingPostalInfo', 'address', n.object_id, n.postal_code, n.source_id, n.source_offset
from staged_address n
where n.postal_code is not null
  and not exists (select from registry.postal_info t
                  where t.region = %(region)s and t.object_id = n.postal_code)
