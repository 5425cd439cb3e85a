insert into registry.succession (region, resource, object_id, successor_id, basis, rule, evidence,
                                 happened_at, seq_from, seq_to)
values (%(region)s, %(resource)s, %(object_id)s, %(successor_id)s, %(basis)s, %(rule)s,
        %(evidence)s, %(happened_at)s, %(seq_from)s, %(seq_to)s)
