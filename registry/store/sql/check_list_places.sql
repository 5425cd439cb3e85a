-- The first open findings of each rule, new ones and those of this edition's files first, and
-- which address each is about.
select ranked.rule, ranked.resource, ranked.object_id, ranked.detail, ranked.source_id,
       ranked.source_offset, s.container, s.path, ranked.is_new,
       a.house_number, a.box_number, a.postal_code, a.street_nl, a.street_fr, a.street_de,
       a.municipality_nl, a.municipality_fr, a.municipality_de
from (
    select f.rule, f.resource, f.object_id, f.detail, f.source_id, f.source_offset,
           b.id is null as is_new,
           row_number() over (
               partition by f.rule
               order by b.id is not null, f.source_id <= %(after)s, f.source_id, f.source_offset,
                        f.object_id
           ) as place
    from registry.finding f
    left join open_before b on b.id = f.id
    where f.region = %(region)s and f.seq_to is null
) ranked
left join registry.source s on s.id = ranked.source_id
left join lateral (
    -- One look by key each; of what was rejected there is none.
    select v.house_number, v.box_number, v.postal_code, n.name_nl as street_nl,
           n.name_fr as street_fr, n.name_de as street_de, m.name_nl as municipality_nl,
           m.name_fr as municipality_fr, m.name_de as municipality_de
    from registry.address_version v
    left join registry.street_name_version n
      on n.region = v.region and n.object_id = v.street_name_id and n.seq_to is null
    left join registry.municipality_version m
      on m.region = v.region and m.object_id = v.municipality_id and m.seq_to is null
    where v.region = %(region)s and v.object_id = ranked.object_id and v.seq_to is null
    limit 1
) a on ranked.resource = 'address'
where place <= %(limit)s
order by ranked.rule, place
