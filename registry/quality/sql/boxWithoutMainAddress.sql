-- House numbers that exist only as boxes.
insert into noted
select 'boxWithoutMainAddress', 'address', object_id,
       case when addresses = 1 then format('number %%s has one address, a box', house_number)
            else format('number %%s has %%s addresses, all of them boxes', house_number, addresses) end
from house
where not has_main
