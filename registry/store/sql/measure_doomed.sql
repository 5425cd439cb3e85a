-- How many versions go, how many bytes of rows, in how many batches.
select count(*), coalesce(sum(pg_column_size(v.*)), 0)::bigint, coalesce(max(d.batch), -1) + 1
from doomed d
join {version} v on v.region = d.region and v.object_id = d.object_id and v.seq_from = d.seq_from
where d.resource = %(resource)s
