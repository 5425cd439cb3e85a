-- A report, and what is wrong with the release that is said to correct it; null: nothing.
select r.state, case
    when b.number is null then 'unknown'
    when exists (
        select from best.release u
        where u.region = b.region and u.undoes <= b.number and u.number > b.number
    ) then 'undone'
    when b.published_at < r.created_at then 'older'
end
from deliveries.report r
left join best.release b
  on b.region = r.region and b.number = %(release)s and b.undoes is null
where r.id = %(id)s and r.region = any (%(regions)s)
for update of r
