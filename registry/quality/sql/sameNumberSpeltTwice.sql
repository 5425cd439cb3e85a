-- Two spellings of one house number in one street and post code.
insert into noted
select 'sameNumberSpeltTwice', 'address', object_id,
       format('%%s is %%s, the number of address %%s', house_number, first_number, first_id)
from (
    select h.object_id, h.house_number, count(*) over same as spellings,
           first_value(h.object_id) over (same order by h.object_id) as first_id,
           first_value(h.house_number) over (same order by h.object_id) as first_number
    from house h
    -- Only the keys that several spellings share: most have one.
    where h.key in (select key from house_value group by key having count(*) > 1)
    window same as (partition by h.street_name_id, h.postal_code, h.key)
) repeated
where spellings > 1 and object_id <> first_id
