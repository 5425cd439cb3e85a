-- Both rows of a repeated identifier are read again next time, so that it is told again.
update {staged} n
set record_hash = null
from found f
where f.rule = 'repeatedIdentifier' and f.resource = %(resource)s and f.object_id = n.object_id
