-- A period that ends before it begins.
insert into noted
select 'endBeforeBegin', resource, object_id,
       case when valid_to < valid_from then format('valid until %%s, from %%s', valid_to, valid_from)
            else format('life ends %%s, begins %%s', life_end, life_begin) end
from (
    select 'address' as resource, object_id, published_valid_from as valid_from, valid_to,
           life_begin, life_end
    from registry.address_version
    where region = %(region)s and seq_to is null
    union all
    select 'street_name', object_id, published_valid_from, valid_to, life_begin, life_end
    from registry.street_name_version
    where region = %(region)s and seq_to is null
) objects
where valid_to < valid_from or life_end < life_begin
