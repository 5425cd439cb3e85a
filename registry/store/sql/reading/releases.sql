select r.number, r.region, r.dataset, r.first_seq, r.last_seq, r.published_at, r.counts,
       r.datum_shift, r.accuracy_metres, encode(r.root, 'hex') as root, r.undoes,
       (select max(s.extracted_at) from best.source s where s.release_number = r.number)
           as data_date
from best.release r
where r.withdrawn_at is null and r.number > %(after)s and r.last_seq <= %(seq)s
order by r.number
limit %(limit)s
