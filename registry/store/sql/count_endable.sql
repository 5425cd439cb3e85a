-- How many objects a full file of this rank would end if it had none of them.
select count(*)
from {version} c
join registry.source s on s.id = c.source_id
where c.region = %(region)s and c.seq_to is null
  and s.rank <= %(rank)s and s.dataset = %(dataset)s
