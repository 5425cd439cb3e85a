-- Addresses that say exactly the same under another identifier: they stay, and are told. The sort
-- key follows from the numbers: with it, the index by street has the order already.
insert into found
select 'duplicateAddress', 'address', object_id, 'same as ' || first_id, source_id, source_offset
from (
    select object_id, source_id, source_offset,
           min(object_id) over same as first_id,
           count(*) over same as copies
    from {version}
    where region = %(region)s and seq_to is null
    window same as (
        partition by street_name_id, sort_key, house_number, box_number, postal_code,
                     municipality_id, part_id, status
    )
) repeated
where copies > 1 and object_id <> first_id
