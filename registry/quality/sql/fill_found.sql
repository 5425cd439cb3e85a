-- Say of what was noted where it came from.
insert into found
select n.rule, n.resource, n.object_id, n.detail, v.source_id, v.source_offset
from noted n
join {version} v on v.region = %(region)s and v.object_id = n.object_id and v.seq_to is null
where n.resource = %(resource)s
