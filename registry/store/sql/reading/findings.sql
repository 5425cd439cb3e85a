-- Lateral, with a limit: each finding is looked up, however many the planner expects.
select found.*
from ({ids}) page
cross join lateral (
    select f.id, f.rule, f.region, f.resource, f.object_id, f.municipality_id, f.detail,
           f.seq_from, f.seq_to, f.source_offset, s.container, s.sha256, s.path,
           m.mark, m.reason, m.marked_at
    from best.finding f
    left join best.source s on s.id = f.source_id
    left join best.finding_mark m
      on m.region = f.region and m.rule = f.rule and m.resource = f.resource
     and m.object_id = f.object_id and m.withdrawn_at is null
    where f.id = page.id
    limit 1
) found
order by found.id
