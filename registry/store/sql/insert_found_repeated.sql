-- One finding for each identifier that a file gives more than once, at its first row.
insert into found
select 'repeatedIdentifier', %(resource)s, object_id, count(*) || ' rows', min(source_id),
       min(source_offset)
from {staged}
where object_id in (select object_id from {repeated})
group by object_id
having count(*) > 1
