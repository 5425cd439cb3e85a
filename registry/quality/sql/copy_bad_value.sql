copy bad_value (field, value, municipality_id, rule, detail) from stdin
