-- A release and those that followed it in its region, with the files they came from.
select r.number, r.region, r.first_seq, r.published_at, r.dataset,
       (select string_agg(distinct s.container, ', ')
        from registry.source s where s.release_number = r.number) as containers,
       r.undoes
from registry.release r
where r.number >= %(number)s and r.withdrawn_at is null
  and r.region = (select region from registry.release where number = %(number)s)
order by r.number
