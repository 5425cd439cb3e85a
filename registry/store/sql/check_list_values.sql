-- The values of enumerations among what is current in a region.
select 'addresses/' || case when grouping(status) = 0 then 'status'
                            when grouping(position_method) = 0 then 'positionMethod'
                            when grouping(position_specification) = 0 then 'positionSpecification'
                            when grouping(officially_assigned) = 0 then 'officiallyAssigned'
                            else 'positionCrs' end as field,
       coalesce(status, position_method, position_specification, officially_assigned::text,
                published_crs::text) as value,
       count(*)
from registry.address_version
where region = %(region)s and seq_to is null
group by grouping sets ((status), (position_method), (position_specification),
                        (officially_assigned), (published_crs))
union all
select 'streetNames/' || case when grouping(status) = 0 then 'status' else 'streetNameType' end,
       coalesce(status, street_name_type), count(*)
from registry.street_name_version
where region = %(region)s and seq_to is null
group by grouping sets ((status), (street_name_type))
