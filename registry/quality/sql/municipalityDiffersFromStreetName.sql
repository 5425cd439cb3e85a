-- The address says one municipality, its street name another.
insert into noted
select 'municipalityDiffersFromStreetName', 'address', h.object_id,
       format('address in %%s, street name in %%s', h.municipality_id, n.municipality_id)
from house h
join registry.street_name_version n
  on n.region = %(region)s and n.object_id = h.street_name_id and n.seq_to is null
where n.municipality_id <> h.municipality_id
