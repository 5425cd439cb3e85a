-- References of current addresses to objects that are not current in the region's lists, whichever
-- of the two files this import has.
insert into found
select missing.rule, 'address', n.object_id, missing.target, n.source_id, n.source_offset
from {version} n
left join registry.street_name_version s
  on s.region = %(region)s and s.object_id = n.street_name_id and s.seq_to is null
left join registry.municipality_version m
  on m.region = %(region)s and m.object_id = n.municipality_id and m.seq_to is null
left join registry.part_of_municipality_version t
  on t.region = %(region)s and t.object_id = n.part_id and t.seq_to is null
left join registry.postal_info_version p
  on p.region = %(region)s and p.object_id = n.postal_code and p.seq_to is null
cross join lateral (
    values ('danglingStreetName', n.street_name_id, s.object_id),
           ('danglingMunicipality', n.municipality_id, m.object_id),
           ('danglingPartOfMunicipality', n.part_id, t.object_id),
           ('danglingPostalInfo', n.postal_code, p.object_id)
) as missing (rule, target, found)
where n.region = %(region)s and n.seq_to is null
  and (s.object_id is null or m.object_id is null
       or (t.object_id is null and n.part_id is not null)
       or (p.object_id is null and n.postal_code is not null))
  and missing.target is not null and missing.found is null
