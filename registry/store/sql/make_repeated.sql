-- Object identifiers that a file gives more than once.
create temp table {repeated} on commit drop as
select object_id from {staged} group by object_id having count(*) > 1
