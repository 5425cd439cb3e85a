-- Current by its status, but valid only from after the day on which the file was made.
insert into noted
select 'validInFuture', objects.resource, object_id, format('current, valid from %%s', published_valid_from)
from (
    select 'address' as resource, object_id, status, published_valid_from, source_id
    from registry.address_version
    where region = %(region)s and seq_to is null
    union all
    select 'street_name', object_id, status, published_valid_from, source_id
    from registry.street_name_version
    where region = %(region)s and seq_to is null
) objects
join registry.source s on s.id = source_id
where status = 'current' and published_valid_from > s.extracted_at + interval '1 day'
