update registry.finding_mark
set withdrawn_at = %(now)s
where rule = %(rule)s and region = %(region)s and resource = %(resource)s
  and object_id = %(object_id)s and withdrawn_at is null
