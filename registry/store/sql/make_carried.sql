-- What is current and a file of this format cannot tell.
create temp table {carried} on commit drop as
select n.object_id, c.content_hash as known_hash, c.version_id as known_version, {values}
from {staged} n
join {version} c on c.region = %(region)s and c.object_id = n.object_id and c.seq_to is null
join registry.source s on s.id = c.source_id and s.rank <= %(rank)s
where {there}
