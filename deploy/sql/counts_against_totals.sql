-- Current rows per region and kind, beside what the region's last release counted.
select region, resource, coalesce(now.count, 0) as now, coalesce(total.count, 0) as released
from (
    select region, resource, sum(count)::bigint as count
    from registry.total
    where dimension = 'region'
    group by region, resource
) total
full join (
    select region, 'address' as resource, count(*) as count
    from registry.address_version where seq_to is null group by region
    union all
    select region, 'street_name', count(*)
    from registry.street_name_version where seq_to is null group by region
    union all
    select region, 'municipality', count(*)
    from registry.municipality_version where seq_to is null group by region
    union all
    select region, 'part_of_municipality', count(*)
    from registry.part_of_municipality_version where seq_to is null group by region
    union all
    select region, 'postal_info', count(*)
    from registry.postal_info_version where seq_to is null group by region
) now using (region, resource)
order by region, resource
