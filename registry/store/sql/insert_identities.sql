insert into {identity} (region, object_id, seq_first)
select %(region)s, object_id, seq from {delta} where change = 'added'
