-- What a file both adds and deletes is an update; so it is where the addition cannot be read.
delete from deletion d
where d.resource = %(resource)s
  and (exists (select from {staged} n where n.object_id = d.object_id)
       or exists (
           select from rejected r where r.resource = d.resource and r.object_id = d.object_id
       ))
