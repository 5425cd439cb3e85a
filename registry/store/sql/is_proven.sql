select exists (select from registry.proof where region = %(region)s)
