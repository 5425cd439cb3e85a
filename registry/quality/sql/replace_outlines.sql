update registry.municipality_outline o
set replaced_at = %(now)s
from outline_drawn d
where o.municipality_id = d.municipality_id and o.replaced_at is null
