select coalesce(max(last_seq) filter (where withdrawn_at is null), 0) as seq,
       count(withdrawn_at) as withdrawn,
       (select coalesce(max(id), 0) from best.source) as newest_source,
       (select coalesce(max(history_from), 0) from best.pruning) as history_from,
       coalesce(max(datum_shift) filter (where withdrawn_at is null), '') as datum_shift,
       max(published_at) filter (where withdrawn_at is null) as published_at,
       (select max(made_at) from best.municipality_outline
        where replaced_at is null and origin = 'imported') as outlined_at
from best.release
