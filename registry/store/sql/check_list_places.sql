-- The first open findings of each rule: new ones and those of this edition's files first.
select ranked.rule, ranked.resource, ranked.object_id, ranked.detail, ranked.source_id,
       ranked.source_offset, s.container, s.path
from (
    select f.rule, f.resource, f.object_id, f.detail, f.source_id, f.source_offset,
           row_number() over (
               partition by f.rule
               order by b.id is not null, f.source_id <= %(after)s, f.source_id, f.source_offset,
                        f.object_id
           ) as place
    from registry.finding f
    left join open_before b on b.id = f.id
    where f.region = %(region)s and f.seq_to is null
) ranked
left join registry.source s on s.id = ranked.source_id
where place <= %(limit)s
order by ranked.rule, place
