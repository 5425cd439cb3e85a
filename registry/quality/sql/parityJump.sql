-- Between its even (odd) neighbours, yet in the row of the odd (even) ones across the street.
insert into noted
select 'parityJump', 'address', object_id,
       format('%%s lies in the row of %%s and %%s, not in that of %%s and %%s', number, lower, higher,
              before, after)
from (
    select *,
           ((after_x - before_x) * (y - before_y) - (after_y - before_y) * (x - before_x))
               / nullif(length, 0) as offset_own,
           ((after_x - before_x) * (lower_y - before_y) - (after_y - before_y) * (lower_x - before_x))
               / nullif(length, 0) as offset_lower,
           ((after_x - before_x) * (higher_y - before_y)
               - (after_y - before_y) * (higher_x - before_x)) / nullif(length, 0) as offset_higher
    from (
        select *, sqrt((after_x - before_x) ^ 2 + (after_y - before_y) ^ 2) as length
        from neighbour
        where before = number - 2 and after = number + 2
          and lower = number - 1 and higher = number + 1
    ) ordered
    where length between 8 and 100
) measured
where abs(offset_lower) between 15 and 60
  and sign(offset_lower) = sign(offset_higher) and sign(offset_own) = sign(offset_lower)
  and abs(offset_own) between 0.8 * least(abs(offset_lower), abs(offset_higher))
                          and 1.25 * greatest(abs(offset_lower), abs(offset_higher))
