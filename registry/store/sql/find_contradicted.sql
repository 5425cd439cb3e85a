-- Rows of the file whose identifier also stands on a record that was passed over as unchanged.
select distinct v.record_hash
from {staged} n
join {version} v on v.region = %(region)s and v.object_id = n.object_id and v.seq_to is null
where v.record_hash is not null
  and not exists (select from {unseen} u where u.record_hash = v.record_hash)
