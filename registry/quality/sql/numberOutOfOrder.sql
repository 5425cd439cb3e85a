-- The numbers before and after it on its side of the street lie together, and it lies elsewhere. Two
-- that share a point may both be on a wrong one; numbers whose boxes lie apart have no one place.
insert into noted
select 'numberOutOfOrder', 'address', object_id,
       format('%%s lies %%s m from %%s and %%s m from %%s, which are %%s m apart', number,
              round(to_before), before, round(to_after), after, round(apart))
from (
    select *, sqrt((x - before_x) ^ 2 + (y - before_y) ^ 2) as to_before,
           sqrt((x - after_x) ^ 2 + (y - after_y) ^ 2) as to_after,
           sqrt((after_x - before_x) ^ 2 + (after_y - before_y) ^ 2) as apart
    from (
        select object_id, number, west as x, south as y,
               lag(number) over side as before,
               lag(west) over side as before_x, lag(south) over side as before_y,
               lead(number) over side as after,
               lead(west) over side as after_x, lead(south) over side as after_y
        from house
        where is_plain and number > 0 and east - west < 50 and north - south < 50
        window side as (partition by street_name_id, number %% 2 order by number, object_id)
    ) neighbour
) measured
where least(to_before, to_after) > 200 and apart between 1 and 100
  and least(to_before, to_after) > 4 * apart
