-- What objects are called, also those that are gone: as they were last known.
select k.resource, k.region, k.object_id, a.house_number, a.box_number, a.postal_code,
       s.name_nl as street_nl, s.name_fr as street_fr, s.name_de as street_de
from unnest(%(resources)s::text[], %(regions)s::text[], %(object_ids)s::text[])
    as k (resource, region, object_id)
left join lateral (
    select v.house_number, v.box_number, v.postal_code, v.street_name_id
    from best.address_version v
    where k.resource = 'address' and v.region = k.region and v.object_id = k.object_id
      and v.seq_from <= %(seq)s
    order by v.seq_from desc
    limit 1
) a on true
left join lateral (
    select v.name_nl, v.name_fr, v.name_de
    from best.street_name_version v
    where v.region = k.region and v.seq_from <= %(seq)s
      and v.object_id = case k.resource when 'street_name' then k.object_id
                                        else a.street_name_id end
    order by v.seq_from desc
    limit 1
) s on true
