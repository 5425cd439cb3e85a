select r.number, r.region, r.dataset, r.first_seq, r.last_seq, r.published_at, r.datum_shift,
       r.accuracy_metres, r.root, r.undoes, s.extracted_at
from best.release r
left join (
    select release_number, min(extracted_at) as extracted_at from best.source group by 1
) s on s.release_number = r.number
where r.withdrawn_at is null
order by r.last_seq
