insert into noted
select b.rule, 'address', h.object_id, b.detail
from bad_value b
join house h on h.house_number = b.value
where b.field = 'house_number'
