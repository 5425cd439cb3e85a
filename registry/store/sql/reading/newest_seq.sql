select coalesce(max(last_seq) filter (where withdrawn_at is null), 0) as seq,
       count(withdrawn_at) as withdrawn
from best.release
