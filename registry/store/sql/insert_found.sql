insert into found (rule, resource, object_id, detail, source_id, source_offset)
values (%(rule)s, %(resource)s, %(object_id)s, %(detail)s, %(source_id)s, %(source_offset)s)
