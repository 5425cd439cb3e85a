-- Closed before the horizon and followed by another: an object's last state stays.
insert into doomed (resource, region, object_id, seq_from, batch)
select %(resource)s, v.region, v.object_id, v.seq_from, row_number() over () / %(batch_rows)s
from {version} v
where v.seq_to <= %(history_from)s
  and exists (
      select from {version} later
      where later.region = v.region and later.object_id = v.object_id
        and later.seq_from > v.seq_from
  )
