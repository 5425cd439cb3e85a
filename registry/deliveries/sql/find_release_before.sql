-- A release of the region that stood before a number: no roll-back, and not rolled back by then.
select r.number from best.release r
where r.region = %(region)s and r.dataset = 'open' and r.number < %(number)s and r.undoes is null
  and not exists (
      select from best.release u
      where u.region = r.region and u.undoes <= r.number
        and u.number > r.number and u.number < %(number)s
  )
limit 1
