select coalesce(max(last_seq) filter (where withdrawn_at is null), 0) as seq,
       count(withdrawn_at) as withdrawn,
       (select coalesce(max(id), 0) from best.source) as newest_source,
       coalesce(max(datum_shift) filter (where withdrawn_at is null), '') as datum_shift
from best.release
