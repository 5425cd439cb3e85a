-- Current objects that a file of mutations deletes.
insert into {delta} (object_id, change, seq, valid_from, valid_from_assumed, removed_at)
select c.object_id, 'removed', %(last_seq)s + row_number() over (order by c.object_id), null, true,
       %(extracted_at)s
from {version} c
join registry.source s on s.id = c.source_id
where c.region = %(region)s and c.seq_to is null and s.rank <= %(rank)s
  and c.object_id in (select d.object_id from deletion d where d.resource = %(resource)s)
