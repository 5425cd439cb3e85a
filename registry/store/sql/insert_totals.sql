-- Current objects of a region per kind, place and status.
insert into registry.total (region, resource, dimension, code, status, count, seq)
select %(region)s, 'address',
       case when grouping(municipality_id) = 0 then 'municipality'
            when grouping(postal_code) = 0 then 'postalCode' else 'region' end,
       case when grouping(municipality_id) = 0 then municipality_id
            when grouping(postal_code) = 0 then postal_code else '' end,
       coalesce(status, ''), count(*), %(seq)s
from {version}
where region = %(region)s and seq_to is null
group by grouping sets ((municipality_id, status), (postal_code, status), (status))
having grouping(postal_code) = 1 or postal_code is not null
union all
select %(region)s, 'street_name',
       case when grouping(municipality_id) = 0 then 'municipality' else 'region' end,
       case when grouping(municipality_id) = 0 then municipality_id else '' end,
       coalesce(status, ''), count(*), %(seq)s
from registry.street_name_version
where region = %(region)s and seq_to is null
group by grouping sets ((municipality_id, status), (status))
union all
select %(region)s, 'municipality', 'region', '', '', count(*), %(seq)s
from registry.municipality_version where region = %(region)s and seq_to is null
union all
select %(region)s, 'part_of_municipality', 'region', '', '', count(*), %(seq)s
from registry.part_of_municipality_version where region = %(region)s and seq_to is null
union all
select %(region)s, 'postal_info', 'region', '', '', count(*), %(seq)s
from registry.postal_info_version where region = %(region)s and seq_to is null
