-- How many objects are there, per kind and place, and how many of them are in use.
select resource, dimension, code, sum(count)::bigint,
       coalesce(sum(count) filter (where status <> all(%(ended)s)), 0)::bigint
from registry.total
where region = %(region)s
group by resource, dimension, code
