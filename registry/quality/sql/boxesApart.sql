-- Addresses of one house number more than 250 m from each other.
insert into noted
select 'boxesApart', 'address', object_id,
       format('%%s addresses of number %%s, up to %%s m apart', addresses, house_number,
              round(sqrt((east - west) ^ 2 + (north - south) ^ 2)))
from house
where greatest(east - west, north - south) > 250
