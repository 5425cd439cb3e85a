insert into registry.finding_mark (rule, region, resource, object_id, mark, reason, marked_by,
                                   marked_at)
values (%(rule)s, %(region)s, %(resource)s, %(object_id)s, %(mark)s, %(reason)s, %(by)s, %(now)s)
