-- Names that a poorer list spells otherwise than the richer one that counts.
insert into found
select 'nameDiffersBetweenLists', %(resource)s, n.object_id,
       format('%%s here, %%s in the list that counts', named.here, named.there),
       n.source_id, n.source_offset
from {staged} n
join {version} c on c.region = %(region)s and c.object_id = n.object_id and c.seq_to is null
join registry.source s on s.id = c.source_id and s.rank > %(rank)s
cross join lateral (
    select string_agg(here, ', ') as here, string_agg(there, ', ') as there
    from (values (n.name_nl, c.name_nl, n.key_nl <> c.key_nl),
                 (n.name_fr, c.name_fr, n.key_fr <> c.key_fr),
                 (n.name_de, c.name_de, n.key_de <> c.key_de)) as spelled (here, there, differs)
    where differs
) named
where named.here is not null
