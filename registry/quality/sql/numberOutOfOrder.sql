-- The numbers before and after it on its side of the street lie together, and it lies elsewhere.
-- Two that share a point may both be on a wrong one.
insert into noted
select 'numberOutOfOrder', 'address', object_id,
       format('%%s lies %%s m from %%s and %%s m from %%s, which are %%s m apart', number,
              round(to_before), before, round(to_after), after, round(apart))
from (
    select *, sqrt((x - before_x) ^ 2 + (y - before_y) ^ 2) as to_before,
           sqrt((x - after_x) ^ 2 + (y - after_y) ^ 2) as to_after,
           sqrt((after_x - before_x) ^ 2 + (after_y - before_y) ^ 2) as apart
    from neighbour
    where before_x is not null and after_x is not null
) measured
where least(to_before, to_after) > 200 and apart between 1 and 100 and least(to_before, to_after) > 4 * apart
