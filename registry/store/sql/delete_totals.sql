delete from registry.total where region = %(region)s
