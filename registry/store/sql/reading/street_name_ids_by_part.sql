-- What many names have is met soon by going through them in order, and what few have is found
-- by an index: which of the two it is shows after the first names.
with head as materialized (
    select v.region, v.object_id
    from (
        select v.*
        from best.street_name_version v
        where {known_v}
          and {start}
        order by v.region, v.object_id
        limit %(head)s
    ) v
    where {filters}
    order by v.region, v.object_id
    limit %(limit)s
)
select head.region, head.object_id
from head
where (select count(*) from head) = %(limit)s
union all
select found.region, found.object_id
from (
    select v.region, v.object_id
    from best.street_name_version v
    where (select count(*) from head) < %(limit)s
      and {known_v}
      and {start}
      and {index_filters}
    offset 0
) found
order by region, object_id
limit %(limit)s
