insert into {delta} (object_id, change, seq, valid_from, valid_from_assumed, removed_at)
select object_id, change, seq_from, valid_from, valid_from_assumed, removed_at from {staged}
