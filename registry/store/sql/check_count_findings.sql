select f.rule,
       count(*) filter (where f.seq_to is null) as open,
       count(*) filter (where f.seq_to is null and b.id is null) as new,
       count(*) filter (where f.seq_to is not null) as repaired
from registry.finding f
left join open_before b on b.id = f.id
where f.region = %(region)s and (f.seq_to is null or b.id is not null)
group by f.rule
