select id, container, path, extracted_at from registry.source
where region = %(region)s and id > %(after)s
