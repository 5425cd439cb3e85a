-- A release and those that followed it in its region, with the files they came from.
select r.number, r.region, r.first_seq, r.published_at, r.dataset,
       (select string_agg(distinct s.container, ', ')
        from registry.source s where s.release_number = r.number) as containers,
       r.undoes,
       not exists (select from registry.release e
                   where e.region = r.region and e.number < r.number and e.withdrawn_at is null)
           as is_first
from registry.release r
where r.number >= %(number)s and r.withdrawn_at is null
  and r.region = (select region from registry.release where number = %(number)s)
order by r.number
