-- A status that BeSt does not have. None at all is no matter: there are formats without.
insert into noted
select 'unknownStatus', resource, object_id, status
from (
    select 'address' as resource, object_id, status
    from registry.address_version
    where region = %(region)s and seq_to is null
    union all
    select 'street_name', object_id, status
    from registry.street_name_version
    where region = %(region)s and seq_to is null
) objects
where status <> all(%(statuses)s)
