-- What was true at a number is true again: the same content, from the same file.
insert into {version} (region, seq_from, change, valid_from, valid_from_assumed, {columns})
select %(region)s, d.seq, d.change, d.valid_from, d.valid_from_assumed, {new_columns}
from {version} n
join {delta} d on d.object_id = n.object_id
where n.region = %(region)s and d.change <> 'removed'
  and n.seq_from <= %(until)s and n.seq_to > %(until)s
