select rule, region, resource, object_id from registry.finding where id = %(id)s
