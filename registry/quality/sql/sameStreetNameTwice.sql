-- Street names of one municipality that are the same in a language and in their addition.
insert into noted
select distinct on (object_id) 'sameStreetNameTwice', 'street_name', object_id,
       format('%%s, as street name %%s', name, first_id)
from (
    select n.object_id, l.name, count(*) over same as streets,
           min(n.object_id) over same as first_id
    from registry.street_name_version n
    cross join lateral (
        values ('nl', n.name_nl, n.key_nl), ('fr', n.name_fr, n.key_fr), ('de', n.name_de, n.key_de)
    ) l (language, name, key)
    where n.region = %(region)s and n.seq_to is null and coalesce(n.status, '') <> all(%(ended)s)
      and l.key <> ''
    window same as (
        partition by n.municipality_id, l.language, l.key, coalesce(n.homonym_addition, '')
    )
) repeated
where streets > 1 and object_id <> first_id
order by object_id, name
