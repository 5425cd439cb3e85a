-- Between its even (odd) neighbours, yet in the row of the odd (even) ones across the street: its
-- distance from the line between the neighbours is that of the numbers on the other side.
insert into noted
select 'parityJump', 'address', object_id,
       format('%%s lies in the row of %%s and %%s, not in that of %%s and %%s', number, number - 1,
              number + 1, number - 2, number + 2)
from (
    select object_id, number,
           (along_x * (y - before_y) - along_y * (x - before_x)) / length as own,
           (along_x * (lower_y - before_y) - along_y * (lower_x - before_x)) / length as lower,
           (along_x * (higher_y - before_y) - along_y * (higher_x - before_x)) / length as higher
    from (
        select *, after_x - before_x as along_x, after_y - before_y as along_y,
               sqrt((after_x - before_x) ^ 2 + (after_y - before_y) ^ 2) as length
        from (
            select object_id, number, west as x, south as y,
                   lag(number, 2) over whole as before, lead(number, 2) over whole as after,
                   lag(west, 2) over whole as before_x, lag(south, 2) over whole as before_y,
                   lag(number) over whole as under, lead(number) over whole as above,
                   lag(west) over whole as lower_x, lag(south) over whole as lower_y,
                   lead(west) over whole as higher_x, lead(south) over whole as higher_y,
                   lead(west, 2) over whole as after_x, lead(south, 2) over whole as after_y
            from house
            where is_plain and number > 0 and east - west < 50 and north - south < 50
            window whole as (partition by street_name_id order by number, object_id)
        ) neighbour
        where before = number - 2 and under = number - 1
          and above = number + 1 and after = number + 2
    ) dense
    where length between 8 and 100
) measured
where abs(lower) between 15 and 60 and sign(lower) = sign(higher) and sign(own) = sign(lower)
  and abs(own) between 0.8 * least(abs(lower), abs(higher)) and 1.25 * greatest(abs(lower), abs(higher))
