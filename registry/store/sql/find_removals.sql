-- Current objects that a full file no longer has. A rejected row is there, only unreadable.
insert into {delta} (object_id, change, seq, valid_from, valid_from_assumed,
                     removed_at)
select c.object_id, 'removed', %(last_seq)s + row_number() over (order by c.object_id), null, true,
       %(extracted_at)s
from {version} c
join registry.source s on s.id = c.source_id
left join {unseen} u on u.record_hash = c.record_hash  -- a join, for millions may be unseen
where c.region = %(region)s
  and c.seq_to is null
  and s.rank <= %(rank)s
  and (c.record_hash is null or u.record_hash is not null)
  and not exists (select from {staged} n where n.object_id = c.object_id)
  and not exists (
      select from rejected r where r.resource = %(resource)s and r.object_id = c.object_id
  )
