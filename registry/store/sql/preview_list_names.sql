select object_id, name_nl, name_fr, name_de from registry.municipality_version
where region = %(region)s and seq_to is null
