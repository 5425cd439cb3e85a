copy noted (rule, resource, object_id, detail) from stdin
