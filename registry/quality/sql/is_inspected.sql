select coalesce(
    (select max(seq) from registry.quality_score
     where region = %(region)s and municipality_id = '')
    >= (select max(last_seq) from registry.release where region = %(region)s),
    false)
