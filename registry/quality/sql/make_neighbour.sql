-- Each plain house number in the order of its street, with the numbers round it and their places.
-- Numbers whose boxes lie apart have no one place.
create temp table neighbour on commit drop as
select street_name_id, object_id, number, x, y,
       lag(number) over side as before, lag(x) over side as before_x, lag(y) over side as before_y,
       lead(number) over side as after, lead(x) over side as after_x, lead(y) over side as after_y,
       lag(number) over whole as lower, lag(x) over whole as lower_x, lag(y) over whole as lower_y,
       lead(number) over whole as higher, lead(x) over whole as higher_x,
       lead(y) over whole as higher_y
from (
    select street_name_id, object_id, number, west as x, south as y
    from house
    where is_plain and number > 0
      and east - west < 50 and north - south < 50
) plain
window side as (partition by street_name_id, number %% 2 order by number, object_id),
       whole as (partition by street_name_id order by number, object_id)
