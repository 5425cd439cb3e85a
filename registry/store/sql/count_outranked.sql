-- Rows of a file that a richer family keeps from counting.
select count(*)
from {staged} n
left join {version} c on c.region = %(region)s and c.object_id = n.object_id and c.seq_to is null
left join registry.source s on s.id = c.source_id
where s.rank > %(rank)s or (c.object_id is null and %(outlisted)s)
