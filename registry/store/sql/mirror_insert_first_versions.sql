insert into {version} (region, seq_from, change, valid_from, valid_from_assumed, {columns})
select region, seq_from, change, valid_from, valid_from_assumed, {new_columns} from {staged} n
