select number, region, dataset, first_seq, last_seq, published_at, datum_shift, accuracy_metres
from best.release
where withdrawn_at is null
order by last_seq
