-- Every row of a region's first edition, numbered in the order of the file.
insert into {version} (region, seq_from, change, valid_from, valid_from_assumed, {columns})
select %(region)s, %(last_seq)s + row_number() over (), 'added',
       least(n.life_begin, n.published_valid_from), true, {new_columns}
from {staged} n
