-- Object identifiers that a file gives more than once, with the byte offset of each row.
select object_id, array_agg(source_offset order by source_offset) as offsets, min(source_id)
from {staged}
group by object_id
having count(*) > 1
order by object_id
