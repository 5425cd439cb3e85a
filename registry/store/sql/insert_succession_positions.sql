-- The one new address at the very same place, where neither has the number of another.
insert into registry.succession (region, resource, object_id, successor_id, basis, rule, evidence,
                                 happened_at, seq_from)
with way as (
    {way}
),
told as materialized (
    select object_id, successor_id
    from registry.succession
    where region = %(region)s and resource = 'address'
      and seq_from between %(first_seq)s and %(last_seq)s
),
counted as (
    select g.object_id, c.object_id as successor_id, c.house_number,
           count(*) over (partition by g.object_id) as successors,
           count(*) over (partition by c.object_id) as predecessors
    from {gone} g
    join way on way.old = g.street_name_id
    join {come} c on c.street_name_id = way.new
     and c.published_position = g.published_position and c.published_crs = g.published_crs
     and coalesce(c.box_number, '') = coalesce(g.box_number, '')
    where g.position is not null
      and not exists (select from told t where t.object_id = g.object_id)
      and not exists (select from told t where t.successor_id = c.object_id)
)
select %(region)s, 'address', g.object_id, p.successor_id, 'inferred', 'samePosition',
       jsonb_build_object('position', g.published_position, 'crs', g.published_crs::text,
                          'houseNumber', g.house_number, 'successorHouseNumber', p.house_number),
       {happened_at}, g.seq
from counted p
join {gone} g on g.object_id = p.object_id
where p.successors = 1 and p.predecessors = 1
