-- The newest numbers and what the register holds.
select coalesce(max(last_seq), 0) as last_seq,
       coalesce(max(number), 0) as number,
       coalesce(bool_or(dataset = 'open'), false) as has_open,
       coalesce(bool_or(dataset = 'sample' and withdrawn_at is null), false) as has_sample
from registry.release
