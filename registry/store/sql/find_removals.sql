-- Current objects that a full file no longer has. A rejected row is there, only unreadable.
insert into {delta} (object_id, change, seq, valid_from, valid_from_assumed)
select c.object_id, 'removed', %(last_seq)s + row_number() over (order by c.object_id), null, true
from {version} c
join registry.source s on s.id = c.source_id
where c.region = %(region)s
  and c.seq_to is null
  and s.rank <= %(rank)s
  and (c.record_hash is null
       or exists (select from {unseen} u where u.record_hash = c.record_hash))
  and not exists (select from {staged} n where n.object_id = c.object_id)
  and not exists (
      select from rejected r where r.resource = %(resource)s and r.object_id = c.object_id
  )
