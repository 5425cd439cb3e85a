select number, region, first_seq, last_seq
from registry.release
where withdrawn_at is null
order by number desc
limit 1
