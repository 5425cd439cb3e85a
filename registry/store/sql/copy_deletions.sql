copy deletion (resource, object_id, source_id, source_offset) from stdin
