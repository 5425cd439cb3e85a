-- The one new address of the same number in the street name, or in what that became.
insert into registry.succession (region, resource, object_id, successor_id, basis, rule, evidence,
                                 happened_at, seq_from)
with way as (
    {way}
),
counted as (
    select g.object_id, c.object_id as successor_id, c.street_name_id,
           count(*) over (partition by g.object_id) as successors,
           count(*) over (partition by c.object_id) as predecessors
    from {gone} g
    join way on way.old = g.street_name_id
    join {come} c on c.street_name_id = way.new and c.sort_key = g.sort_key
)
select %(region)s, 'address', g.object_id, p.successor_id, 'inferred', 'sameNumberInSuccessor',
       jsonb_strip_nulls(jsonb_build_object(
           'streetName', g.street_name_id, 'successorStreetName', p.street_name_id,
           'houseNumber', g.house_number, 'boxNumber', g.box_number)),
       {happened_at}, g.seq
from counted p
join {gone} g on g.object_id = p.object_id
where p.successors = 1 and p.predecessors = 1
