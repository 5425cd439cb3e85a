-- Current by its status, although its end was past when the file was made.
insert into noted
select 'endedButCurrent', objects.resource, object_id, format('current, valid until %%s', valid_to)
from (
    select 'address' as resource, object_id, status, valid_to, source_id
    from registry.address_version
    where region = %(region)s and seq_to is null and valid_to is not null
    union all
    select 'street_name', object_id, status, valid_to, source_id
    from registry.street_name_version
    where region = %(region)s and seq_to is null and valid_to is not null
) objects
join registry.source s on s.id = source_id
where status = 'current' and valid_to <= s.extracted_at
