insert into {hashes} select * from unnest(%(ids)s::text[], %(hashes)s::bigint[])
