-- House numbers that exist only as boxes.
insert into noted
select 'boxWithoutMainAddress', 'address', object_id,
       format('number %%s has %%s addresses, all of them boxes', house_number, addresses)
from house
where not has_main
