-- Street names out of use on which addresses still are.
insert into noted
select 'retiredStreetName', 'street_name', n.object_id,
       format('%%s, with %%s house number%%s in use', n.status, h.houses,
              case when h.houses > 1 then 's' end)
from registry.street_name_version n
join (
    select street_name_id, count(*) as houses from house group by street_name_id
) h on h.street_name_id = n.object_id
where n.region = %(region)s and n.seq_to is null and n.status = any(%(ended)s)
