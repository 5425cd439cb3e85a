-- The newest release there is, and whether it is of the sample.
select number, last_seq, dataset, root, published_at
from registry.release
where withdrawn_at is null
union all
select 0, 0, 'open', null, null
order by number desc
limit 1
