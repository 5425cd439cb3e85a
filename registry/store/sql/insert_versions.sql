insert into {version} (region, seq_from, change, valid_from, valid_from_assumed, {columns})
select %(region)s, d.seq, d.change, d.valid_from, d.valid_from_assumed, {new_columns}
from {staged} n
join {delta} d on d.object_id = n.object_id
where d.change <> 'removed'
