-- Each place, rule, kind and state asked about has its findings in order in an index. The first few
-- of each say how far a page reaches at most; only as far they are read: bounded, however many
-- there are.
with head as materialized (
    select k.place, r.rule, o.resource, s.is_open, l.id
    from unnest(%(places)s::text[]) as k (place)
    cross join unnest(%(rules)s::text[]) as r (rule)
    cross join unnest(%(resources)s::text[]) as o (resource)
    cross join unnest(%(open)s::boolean[]) as s (is_open)
    cross join lateral (
        select f.id
        from best.finding f
        where f.{place} = k.place and f.rule = r.rule and f.resource = o.resource
          and (f.seq_to is null) = s.is_open and f.id > %(after)s and {conditions}
        order by f.id
        limit 10
    ) l
),
reach as materialized (
    select coalesce((select id from head order by id offset %(limit)s - 1 limit 1),
                    9223372036854775807) as id
)
select l.id
from (select place, rule, resource, is_open, min(id) as id from head group by 1, 2, 3, 4) h
cross join reach
cross join lateral (
    select f.id
    from best.finding f
    where f.{place} = h.place and f.rule = h.rule and f.resource = h.resource
      and (f.seq_to is null) = h.is_open and f.id >= h.id and f.id <= reach.id and {conditions}
    order by f.id
    limit %(limit)s
) l
where h.id <= reach.id
order by l.id
limit %(limit)s
