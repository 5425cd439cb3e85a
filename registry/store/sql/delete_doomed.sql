delete from {version} v
using doomed d
where d.resource = %(resource)s and d.batch = %(batch)s
  and v.region = d.region and v.object_id = d.object_id and v.seq_from = d.seq_from
