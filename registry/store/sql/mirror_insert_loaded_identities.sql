insert into {identity} (region, object_id, seq_first)
select region, object_id, seq_from from {version} where region = %(region)s
