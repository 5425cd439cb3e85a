-- The one new street name of the same name where the old one was, or in what that became.
insert into registry.succession (region, resource, object_id, successor_id, basis, rule, evidence,
                                 happened_at, seq_from)
with way as (
    select distinct municipality_id as old, municipality_id as new from {gone}
    union
    select object_id, successor_id
    from registry.succession
    where region = %(region)s and resource = 'municipality' and seq_to is null
    union
    select old collate "C", new collate "C"
    from unnest(%(merged)s::text[], %(merged_into)s::text[]) as merger (old, new)
),
pair as (
    select distinct g.object_id, c.object_id as successor_id, g.municipality_id as old,
           c.municipality_id as new
    from {gone} g
    cross join lateral (values ('nl', g.key_nl), ('fr', g.key_fr), ('de', g.key_de))
        as name (language, key)
    join way on way.old = g.municipality_id
    join (
        {come} c
        cross join lateral (values ('nl', c.key_nl), ('fr', c.key_fr), ('de', c.key_de))
            as other (language, key)
    ) on c.municipality_id = way.new and other.language = name.language
     and other.key = name.key
    where c.homonym_addition is not distinct from g.homonym_addition
      and not exists (
          select from registry.succession s
          where s.region = %(region)s and s.resource = 'street_name'
            and s.object_id = g.object_id and s.seq_from = g.seq
      )
),
counted as (
    select *, count(*) over (partition by object_id) as successors,
           count(*) over (partition by successor_id) as predecessors
    from pair
)
select %(region)s, 'street_name', g.object_id, p.successor_id, 'inferred', 'sameNameInSuccessor',
       jsonb_build_object('name', coalesce(g.name_nl, g.name_fr, g.name_de),
                          'municipality', p.old, 'successorMunicipality', p.new),
       {happened_at}, g.seq
from counted p
join {gone} g on g.object_id = p.object_id
where p.successors = 1 and p.predecessors = 1
