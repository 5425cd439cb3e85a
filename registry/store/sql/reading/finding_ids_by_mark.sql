-- From the marks: people make them, so they are few.
select f.id
from best.finding_mark m
join best.finding f on f.region = m.region and f.resource = m.resource and f.rule = m.rule
                   and f.object_id = m.object_id
where m.withdrawn_at is null and m.mark = %(mark)s and m.region = any(%(regions)s)
  and m.resource = any(%(resources)s) and m.rule = any(%(rules)s)
  and (f.seq_to is null) = any(%(open)s) and f.id > %(after)s and {conditions}
order by f.id
limit %(limit)s
