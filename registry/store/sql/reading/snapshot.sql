-- What was current at a number of one kind in a part, put together by street name.
select {street} as street, {place} as place,
       convert_to(string_agg({line} || E'\n', '' order by v.object_id), 'UTF8') as lines
from {version} v
where v.region = %(region)s and {condition}
  and v.seq_from <= %(seq)s and (v.seq_to is null or v.seq_to > %(seq)s)
group by 1
