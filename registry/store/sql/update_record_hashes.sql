-- What was read and is as it was keeps its version, which learns the record's present form. Null
-- first: a repeated identifier is read every time. Not all at once: an update of everything, as
-- after another way of reading, would double the table.
update {version} v
set record_hash = learned.record_hash
from (
    select c.object_id, n.record_hash
    from {staged} n
    join {version} c on c.region = %(region)s and c.object_id = n.object_id and c.seq_to is null
    join registry.source s on s.id = c.source_id and s.rank <= %(rank)s
    left join {delta} d on d.object_id = n.object_id
    where d.object_id is null and c.record_hash is distinct from n.record_hash
      and c.content_hash = n.content_hash
    order by n.record_hash nulls first
    limit %(most)s
) learned
where v.region = %(region)s and v.object_id = learned.object_id and v.seq_to is null
