-- Street names in use on which no address is.
insert into noted
select 'streetNameWithoutAddresses', 'street_name', n.object_id,
       coalesce(n.name_nl, n.name_fr, n.name_de, '')
from registry.street_name_version n
where n.region = %(region)s and n.seq_to is null and coalesce(n.status, '') <> all(%(ended)s)
  and not exists (select from house h where h.street_name_id = n.object_id)
  -- A region that delivers street names alone says nothing about their addresses.
  and exists (select from house)
