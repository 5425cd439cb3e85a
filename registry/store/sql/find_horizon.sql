-- The last number before a release, and the number asked for already, if any.
select r.first_seq - 1 as history_from,
       coalesce((select max(history_from) from registry.pruning), 0) as known
from registry.release r
where r.number = %(release)s and r.withdrawn_at is null
