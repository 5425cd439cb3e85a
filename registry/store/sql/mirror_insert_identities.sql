-- What had gone before this mirror began may come back without having been here.
insert into {identity} (region, object_id, seq_first)
select %(region)s, object_id, seq from {delta} where change in ('added', 'restored')
on conflict do nothing
