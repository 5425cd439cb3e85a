-- Object identifiers that a file gives more than once; one finding each, at its first row.
insert into found
select 'repeatedIdentifier', %(resource)s, object_id, count(*) || ' rows', min(source_id),
       min(source_offset)
from {staged}
group by object_id
having count(*) > 1
