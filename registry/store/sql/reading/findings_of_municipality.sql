-- Numbered from the index alone; then each that is shown is looked up, however many the planner
-- expects. What its owner says is right as it is, is no work for anybody.
with own as materialized (
    select f.id, f.rule
    from best.finding f
    where f.municipality_id = %(municipality_id)s and f.seq_to is null
),
excepted as materialized (
    select f.id
    from best.finding_mark m
    join best.finding f
      on f.region = m.region and f.resource = m.resource and f.rule = m.rule
     and f.object_id = m.object_id
    where m.mark = 'exception' and m.withdrawn_at is null and m.region = %(region)s
      and f.municipality_id = %(municipality_id)s and f.seq_to is null
),
numbered as (
    select own.id, own.rule,
           count(*) over (partition by own.rule) as count,
           row_number() over (partition by own.rule order by own.id desc) as place,
           row_number() over (order by own.id desc) as age
    from own
    where own.id not in (select id from excepted)
)
select found.*, n.count
from numbered n
cross join lateral (
    select f.id, f.rule, f.region, f.resource, f.object_id, f.detail, f.seq_from
    from best.finding f
    where f.id = n.id
    limit 1
) found
where n.place <= %(most_of_a_rule)s and n.age <= %(most)s
order by found.id desc
