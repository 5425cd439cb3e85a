update registry.release set root = %(root)s where number = %(number)s
