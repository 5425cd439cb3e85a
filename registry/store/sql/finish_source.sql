update registry.source set seen = %(seen)s, release_number = %(release_number)s
where id = %(id)s
