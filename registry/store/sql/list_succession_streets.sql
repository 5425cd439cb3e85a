select distinct street_name_id as old, street_name_id as new from {gone}
    union
    select object_id, successor_id
    from registry.succession
    where region = %(region)s and resource = 'street_name' and seq_to is null
